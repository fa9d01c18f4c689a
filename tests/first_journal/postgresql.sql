CREATE FUNCTION public.audit_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'audit is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.decisions_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'decisions is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.frozen_accounts_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'frozen_accounts is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.frozen_tallies_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'frozen_tallies is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.refreshes_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'refreshes is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.restatements_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'restatements is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.segment_registry_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'segment_registry is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE FUNCTION public.verdicts_insert_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'verdicts is insert-only' using errcode = 'restrict_violation'; end $$;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit (
    id integer NOT NULL,
    at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    who text NOT NULL,
    what text NOT NULL,
    details json NOT NULL
);
CREATE SEQUENCE public.audit_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;
CREATE TABLE public.decisions (
    id integer NOT NULL,
    kind text NOT NULL,
    dimension text NOT NULL,
    segment text NOT NULL,
    why text NOT NULL,
    who text NOT NULL,
    review_on date,
    decided_at date NOT NULL,
    week date NOT NULL,
    evidence json,
    replaces integer,
    at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    CONSTRAINT ck_decisions_kind CHECK ((kind = ANY (ARRAY['tighten'::text, 'loose'::text, 'thesis'::text])))
);
CREATE SEQUENCE public.decisions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decisions_id_seq OWNED BY public.decisions.id;
CREATE TABLE public.frozen_accounts (
    epoch bigint NOT NULL,
    dimension text NOT NULL,
    segment text NOT NULL,
    metric text NOT NULL,
    account_id text NOT NULL,
    week date NOT NULL,
    band text NOT NULL,
    trials bigint NOT NULL,
    successes bigint NOT NULL,
    frozen_in date NOT NULL
);
CREATE TABLE public.frozen_tallies (
    epoch bigint NOT NULL,
    dimension text NOT NULL,
    metric text NOT NULL,
    week date NOT NULL,
    segment text NOT NULL,
    band text NOT NULL,
    trials bigint NOT NULL,
    successes bigint NOT NULL,
    frozen_in date NOT NULL
);
CREATE TABLE public.refreshes (
    epoch bigint NOT NULL,
    week date NOT NULL,
    as_of date NOT NULL,
    by text NOT NULL,
    kind text NOT NULL,
    first_week date NOT NULL,
    rules_hash text NOT NULL,
    code_version text NOT NULL,
    data_through date,
    at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    settings json NOT NULL,
    metrics json NOT NULL,
    frozen json NOT NULL,
    k bigint NOT NULL,
    alpha double precision NOT NULL,
    luck double precision NOT NULL,
    verdict json,
    CONSTRAINT ck_refreshes_kind CHECK ((kind = ANY (ARRAY['weekly'::text, 'reconstructed'::text])))
);
CREATE TABLE public.restatements (
    id integer NOT NULL,
    epoch bigint NOT NULL,
    dimension text NOT NULL,
    metric text NOT NULL,
    week date NOT NULL,
    segment text NOT NULL,
    kind text NOT NULL,
    then_trials bigint NOT NULL,
    then_successes bigint NOT NULL,
    now_trials bigint NOT NULL,
    now_successes bigint NOT NULL,
    noticed_in date NOT NULL,
    CONSTRAINT ck_restatements_kind CHECK ((kind = ANY (ARRAY['late'::text, 'reclassified'::text])))
);
CREATE SEQUENCE public.restatements_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.restatements_id_seq OWNED BY public.restatements.id;
CREATE TABLE public.segment_registry (
    epoch bigint NOT NULL,
    dimension text NOT NULL,
    segment text NOT NULL,
    definition text NOT NULL,
    definition_hash text NOT NULL,
    registered_week date NOT NULL,
    first_week date NOT NULL,
    batch bigint NOT NULL,
    k_at_birth bigint NOT NULL
);
CREATE TABLE public.verdicts (
    epoch bigint NOT NULL,
    week date NOT NULL,
    dimension text NOT NULL,
    segment text NOT NULL,
    state text NOT NULL,
    since date,
    log_e_any double precision,
    log_e_two double precision,
    threshold double precision,
    carrying json NOT NULL,
    gates json,
    metrics json,
    fading boolean NOT NULL,
    weeks_to_decide double precision,
    why_not_decidable text NOT NULL,
    reopened_before bigint NOT NULL,
    reopen double precision,
    evidence_since date,
    thesis boolean NOT NULL,
    code_version text NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);
ALTER TABLE ONLY public.decisions ALTER COLUMN id SET DEFAULT nextval('public.decisions_id_seq'::regclass);
ALTER TABLE ONLY public.restatements ALTER COLUMN id SET DEFAULT nextval('public.restatements_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.audit VALUES (1, '2026-11-28 09:14:41.644963', 'Ada', 'decided', '{"decision": 1, "kind": "loose", "segment": "", "why": "nothing stands out"}');
INSERT INTO public.audit VALUES (2, '2026-11-28 09:14:41.666161', 'Ada', 'decided', '{"decision": 2, "kind": "tighten", "segment": "Retail", "why": "it leads"}');
INSERT INTO public.audit VALUES (3, '2026-11-28 09:14:41.689686', 'Ben', 'decided', '{"decision": 3, "kind": "loose", "segment": "", "why": "it led by luck; \"x\" ''y''"}');
INSERT INTO public.decisions VALUES (1, 'loose', '', '', 'nothing stands out', 'Ada', NULL, '2026-06-24', '2026-06-22', NULL, NULL, '2026-11-28 09:14:41.644963');
INSERT INTO public.decisions VALUES (2, 'tighten', 'industry', 'Retail', 'it leads', 'Ada', '2026-09-01', '2026-06-25', '2026-06-22', '{"epoch": 1, "week": "2026-06-15", "dimension": "industry", "segment": "Retail", "state": "watch", "since": "2026-06-15", "log_e_any": 2.5, "log_e_two": null, "threshold": 10.0, "carrying": ["churn"], "gates": null, "metrics": null, "fading": false, "weeks_to_decide": null, "why_not_decidable": "", "reopened_before": 0, "reopen": null, "evidence_since": "2026-06-15", "thesis": false, "code_version": "0"}', NULL, '2026-11-28 09:14:41.666161');
INSERT INTO public.decisions VALUES (3, 'loose', '', '', 'it led by luck; "x" ''y''', 'Ben', NULL, '2026-06-26', '2026-06-22', NULL, 2, '2026-11-28 09:14:41.689686');
INSERT INTO public.frozen_accounts VALUES (1, 'industry', 'Retail', 'churn', 'a', '2026-06-15', '0-3', 9, 1, '2026-06-15');
INSERT INTO public.frozen_tallies VALUES (1, 'industry', 'churn', '2026-06-15', 'Retail', '0-3', 9, 1, '2026-06-15');
INSERT INTO public.refreshes VALUES (1, '2026-06-15', '2026-06-21', 'a test', 'weekly', '2026-06-15', '0', '0', NULL, '2026-11-28 09:14:41.619506', '{"rules": {"alpha": 0.1}, "maturity": {"churn": 30}}', '["churn"]', '{}', 1, 0.1, 0.1, '{"kind": "loose", "dimension": null, "segment": null, "since": null, "carrying": [], "luck": 0.1, "k": 1, "week": "2026-06-15"}');
INSERT INTO public.restatements VALUES (1, 1, 'industry', 'churn', '2026-06-15', 'Retail', 'late', 9, 1, 10, 1, '2026-06-15');
INSERT INTO public.segment_registry VALUES (1, 'industry', 'Retail', '', '', '2026-06-15', '2026-06-15', 1, 1);
INSERT INTO public.segment_registry VALUES (1, 'industry', 'Zürich & Söhne', '', '', '2026-06-15', '2026-06-15', 1, 2);
INSERT INTO public.verdicts VALUES (1, '2026-06-15', 'industry', 'Retail', 'watch', '2026-06-15', 2.5, NULL, 10, '["churn"]', NULL, NULL, false, NULL, '', 0, NULL, '2026-06-15', false, '0');
INSERT INTO public.verdicts VALUES (1, '2026-06-15', 'industry', 'Zürich & Söhne', 'watch', '2026-06-15', -1.25, NULL, 10, '["churn"]', '{"lead": {"passed": true, "reason": "Führt"}}', NULL, false, NULL, '', 0, NULL, '2026-06-15', true, '0');
SELECT pg_catalog.setval('public.audit_id_seq', 3, true);
SELECT pg_catalog.setval('public.decisions_id_seq', 3, true);
SELECT pg_catalog.setval('public.restatements_id_seq', 1, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT pk_decisions PRIMARY KEY (id);
ALTER TABLE ONLY public.frozen_accounts
    ADD CONSTRAINT pk_frozen_accounts PRIMARY KEY (epoch, dimension, segment, metric, account_id, week, band);
ALTER TABLE ONLY public.frozen_tallies
    ADD CONSTRAINT pk_frozen_tallies PRIMARY KEY (epoch, dimension, metric, week, segment, band);
ALTER TABLE ONLY public.refreshes
    ADD CONSTRAINT pk_refreshes PRIMARY KEY (epoch, week);
ALTER TABLE ONLY public.restatements
    ADD CONSTRAINT pk_restatements PRIMARY KEY (id);
ALTER TABLE ONLY public.segment_registry
    ADD CONSTRAINT pk_segment_registry PRIMARY KEY (epoch, dimension, segment);
ALTER TABLE ONLY public.verdicts
    ADD CONSTRAINT pk_verdicts PRIMARY KEY (epoch, week, dimension, segment);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT uq_decisions_replaces UNIQUE (replaces);
CREATE TRIGGER audit_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_insert_only();
CREATE TRIGGER decisions_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.decisions FOR EACH STATEMENT EXECUTE FUNCTION public.decisions_insert_only();
CREATE TRIGGER frozen_accounts_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.frozen_accounts FOR EACH STATEMENT EXECUTE FUNCTION public.frozen_accounts_insert_only();
CREATE TRIGGER frozen_tallies_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.frozen_tallies FOR EACH STATEMENT EXECUTE FUNCTION public.frozen_tallies_insert_only();
CREATE TRIGGER refreshes_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.refreshes FOR EACH STATEMENT EXECUTE FUNCTION public.refreshes_insert_only();
CREATE TRIGGER restatements_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.restatements FOR EACH STATEMENT EXECUTE FUNCTION public.restatements_insert_only();
CREATE TRIGGER segment_registry_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.segment_registry FOR EACH STATEMENT EXECUTE FUNCTION public.segment_registry_insert_only();
CREATE TRIGGER verdicts_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.verdicts FOR EACH STATEMENT EXECUTE FUNCTION public.verdicts_insert_only();
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT fk_decisions_replaces FOREIGN KEY (replaces) REFERENCES public.decisions(id);
ALTER TABLE ONLY public.frozen_accounts
    ADD CONSTRAINT fk_frozen_accounts_epoch_frozen_in FOREIGN KEY (epoch, frozen_in) REFERENCES public.refreshes(epoch, week);
ALTER TABLE ONLY public.frozen_tallies
    ADD CONSTRAINT fk_frozen_tallies_epoch_frozen_in FOREIGN KEY (epoch, frozen_in) REFERENCES public.refreshes(epoch, week);
ALTER TABLE ONLY public.restatements
    ADD CONSTRAINT fk_restatements_epoch_noticed_in FOREIGN KEY (epoch, noticed_in) REFERENCES public.refreshes(epoch, week);
ALTER TABLE ONLY public.segment_registry
    ADD CONSTRAINT fk_segment_registry_epoch_registered_week FOREIGN KEY (epoch, registered_week) REFERENCES public.refreshes(epoch, week);
ALTER TABLE ONLY public.verdicts
    ADD CONSTRAINT fk_verdicts_epoch_dimension_segment FOREIGN KEY (epoch, dimension, segment) REFERENCES public.segment_registry(epoch, dimension, segment);
ALTER TABLE ONLY public.verdicts
    ADD CONSTRAINT fk_verdicts_epoch_week FOREIGN KEY (epoch, week) REFERENCES public.refreshes(epoch, week);
