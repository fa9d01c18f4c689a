BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	who TEXT NOT NULL, 
	what TEXT NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-28 09:14:39','Ada','decided','{"decision": 1, "kind": "loose", "segment": "", "why": "nothing stands out"}');
INSERT INTO "audit" VALUES(2,'2026-11-28 09:14:39','Ada','decided','{"decision": 2, "kind": "tighten", "segment": "Retail", "why": "it leads"}');
INSERT INTO "audit" VALUES(3,'2026-11-28 09:14:39','Ben','decided','{"decision": 3, "kind": "loose", "segment": "", "why": "it led by luck; \"x\" ''y''"}');
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	dimension TEXT NOT NULL, 
	segment TEXT NOT NULL, 
	why TEXT NOT NULL, 
	who TEXT NOT NULL, 
	review_on DATE, 
	decided_at DATE NOT NULL, 
	week DATE NOT NULL, 
	evidence JSON, 
	replaces INTEGER, 
	at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	CONSTRAINT pk_decisions PRIMARY KEY (id), 
	CONSTRAINT uq_decisions_replaces UNIQUE (replaces), 
	CONSTRAINT ck_decisions_kind CHECK (kind in ('tighten', 'loose', 'thesis')), 
	CONSTRAINT fk_decisions_replaces FOREIGN KEY(replaces) REFERENCES decisions (id)
);
INSERT INTO "decisions" VALUES(1,'loose','','','nothing stands out','Ada',NULL,'2026-06-24','2026-06-22',NULL,NULL,'2026-11-28 09:14:39');
INSERT INTO "decisions" VALUES(2,'tighten','industry','Retail','it leads','Ada','2026-09-01','2026-06-25','2026-06-22','{"epoch": 1, "week": "2026-06-15", "dimension": "industry", "segment": "Retail", "state": "watch", "since": "2026-06-15", "log_e_any": 2.5, "log_e_two": null, "threshold": 10.0, "carrying": ["churn"], "gates": null, "metrics": null, "fading": false, "weeks_to_decide": null, "why_not_decidable": "", "reopened_before": 0, "reopen": null, "evidence_since": "2026-06-15", "thesis": false, "code_version": "0"}',NULL,'2026-11-28 09:14:39');
INSERT INTO "decisions" VALUES(3,'loose','','','it led by luck; "x" ''y''','Ben',NULL,'2026-06-26','2026-06-22',NULL,2,'2026-11-28 09:14:39');
CREATE TABLE frozen_accounts (
	epoch BIGINT NOT NULL, 
	dimension TEXT NOT NULL, 
	segment TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	week DATE NOT NULL, 
	band TEXT NOT NULL, 
	trials BIGINT NOT NULL, 
	successes BIGINT NOT NULL, 
	frozen_in DATE NOT NULL, 
	CONSTRAINT pk_frozen_accounts PRIMARY KEY (epoch, dimension, segment, metric, account_id, week, band), 
	CONSTRAINT fk_frozen_accounts_epoch_frozen_in FOREIGN KEY(epoch, frozen_in) REFERENCES refreshes (epoch, week)
)
 WITHOUT ROWID

;
INSERT INTO "frozen_accounts" VALUES(1,'industry','Retail','churn','a','2026-06-15','0-3',9,1,'2026-06-15');
CREATE TABLE frozen_tallies (
	epoch BIGINT NOT NULL, 
	dimension TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	week DATE NOT NULL, 
	segment TEXT NOT NULL, 
	band TEXT NOT NULL, 
	trials BIGINT NOT NULL, 
	successes BIGINT NOT NULL, 
	frozen_in DATE NOT NULL, 
	CONSTRAINT pk_frozen_tallies PRIMARY KEY (epoch, dimension, metric, week, segment, band), 
	CONSTRAINT fk_frozen_tallies_epoch_frozen_in FOREIGN KEY(epoch, frozen_in) REFERENCES refreshes (epoch, week)
)
 WITHOUT ROWID

;
INSERT INTO "frozen_tallies" VALUES(1,'industry','churn','2026-06-15','Retail','0-3',9,1,'2026-06-15');
CREATE TABLE refreshes (
	epoch BIGINT NOT NULL, 
	week DATE NOT NULL, 
	as_of DATE NOT NULL, 
	"by" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	first_week DATE NOT NULL, 
	rules_hash TEXT NOT NULL, 
	code_version TEXT NOT NULL, 
	data_through DATE, 
	at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	settings JSON NOT NULL, 
	metrics JSON NOT NULL, 
	frozen JSON NOT NULL, 
	k BIGINT NOT NULL, 
	alpha DOUBLE NOT NULL, 
	luck DOUBLE NOT NULL, 
	verdict JSON, 
	CONSTRAINT pk_refreshes PRIMARY KEY (epoch, week), 
	CONSTRAINT ck_refreshes_kind CHECK (kind in ('weekly', 'reconstructed'))
);
INSERT INTO "refreshes" VALUES(1,'2026-06-15','2026-06-21','a test','weekly','2026-06-15','0','0',NULL,'2026-11-28 09:14:39','{"rules": {"alpha": 0.1}, "maturity": {"churn": 30}}','["churn"]','{}',1,0.1,0.1,'{"kind": "loose", "dimension": null, "segment": null, "since": null, "carrying": [], "luck": 0.1, "k": 1, "week": "2026-06-15"}');
CREATE TABLE restatements (
	id INTEGER NOT NULL, 
	epoch BIGINT NOT NULL, 
	dimension TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	week DATE NOT NULL, 
	segment TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	then_trials BIGINT NOT NULL, 
	then_successes BIGINT NOT NULL, 
	now_trials BIGINT NOT NULL, 
	now_successes BIGINT NOT NULL, 
	noticed_in DATE NOT NULL, 
	CONSTRAINT pk_restatements PRIMARY KEY (id), 
	CONSTRAINT ck_restatements_kind CHECK (kind in ('late', 'reclassified')), 
	CONSTRAINT fk_restatements_epoch_noticed_in FOREIGN KEY(epoch, noticed_in) REFERENCES refreshes (epoch, week)
);
INSERT INTO "restatements" VALUES(1,1,'industry','churn','2026-06-15','Retail','late',9,1,10,1,'2026-06-15');
CREATE TABLE segment_registry (
	epoch BIGINT NOT NULL, 
	dimension TEXT NOT NULL, 
	segment TEXT NOT NULL, 
	definition TEXT NOT NULL, 
	definition_hash TEXT NOT NULL, 
	registered_week DATE NOT NULL, 
	first_week DATE NOT NULL, 
	batch BIGINT NOT NULL, 
	k_at_birth BIGINT NOT NULL, 
	CONSTRAINT pk_segment_registry PRIMARY KEY (epoch, dimension, segment), 
	CONSTRAINT fk_segment_registry_epoch_registered_week FOREIGN KEY(epoch, registered_week) REFERENCES refreshes (epoch, week)
);
INSERT INTO "segment_registry" VALUES(1,'industry','Retail','','','2026-06-15','2026-06-15',1,1);
INSERT INTO "segment_registry" VALUES(1,'industry','Zürich & Söhne','','','2026-06-15','2026-06-15',1,2);
CREATE TABLE verdicts (
	epoch BIGINT NOT NULL, 
	week DATE NOT NULL, 
	dimension TEXT NOT NULL, 
	segment TEXT NOT NULL, 
	state TEXT NOT NULL, 
	since DATE, 
	log_e_any DOUBLE, 
	log_e_two DOUBLE, 
	threshold DOUBLE, 
	carrying JSON NOT NULL, 
	gates JSON, 
	metrics JSON, 
	fading BOOLEAN NOT NULL, 
	weeks_to_decide DOUBLE, 
	why_not_decidable TEXT NOT NULL, 
	reopened_before BIGINT NOT NULL, 
	reopen DOUBLE, 
	evidence_since DATE, 
	thesis BOOLEAN NOT NULL, 
	code_version TEXT NOT NULL, 
	CONSTRAINT pk_verdicts PRIMARY KEY (epoch, week, dimension, segment), 
	CONSTRAINT fk_verdicts_epoch_week FOREIGN KEY(epoch, week) REFERENCES refreshes (epoch, week), 
	CONSTRAINT fk_verdicts_epoch_dimension_segment FOREIGN KEY(epoch, dimension, segment) REFERENCES segment_registry (epoch, dimension, segment)
);
INSERT INTO "verdicts" VALUES(1,'2026-06-15','industry','Retail','watch','2026-06-15',2.5,NULL,10.0,'["churn"]',NULL,NULL,0,NULL,'',0,NULL,'2026-06-15',0,'0');
INSERT INTO "verdicts" VALUES(1,'2026-06-15','industry','Zürich & Söhne','watch','2026-06-15',-1.25,NULL,10.0,'["churn"]','{"lead": {"passed": true, "reason": "Führt"}}',NULL,0,NULL,'',0,NULL,'2026-06-15',1,'0');
CREATE TRIGGER refreshes_no_update before update on refreshes begin select raise(abort, 'refreshes is insert-only'); end;
CREATE TRIGGER refreshes_no_delete before delete on refreshes begin select raise(abort, 'refreshes is insert-only'); end;
CREATE TRIGGER segment_registry_no_update before update on segment_registry begin select raise(abort, 'segment_registry is insert-only'); end;
CREATE TRIGGER segment_registry_no_delete before delete on segment_registry begin select raise(abort, 'segment_registry is insert-only'); end;
CREATE TRIGGER frozen_tallies_no_update before update on frozen_tallies begin select raise(abort, 'frozen_tallies is insert-only'); end;
CREATE TRIGGER frozen_tallies_no_delete before delete on frozen_tallies begin select raise(abort, 'frozen_tallies is insert-only'); end;
CREATE TRIGGER restatements_no_update before update on restatements begin select raise(abort, 'restatements is insert-only'); end;
CREATE TRIGGER restatements_no_delete before delete on restatements begin select raise(abort, 'restatements is insert-only'); end;
CREATE TRIGGER verdicts_no_update before update on verdicts begin select raise(abort, 'verdicts is insert-only'); end;
CREATE TRIGGER verdicts_no_delete before delete on verdicts begin select raise(abort, 'verdicts is insert-only'); end;
CREATE TRIGGER decisions_no_update before update on decisions begin select raise(abort, 'decisions is insert-only'); end;
CREATE TRIGGER decisions_no_delete before delete on decisions begin select raise(abort, 'decisions is insert-only'); end;
CREATE TRIGGER frozen_accounts_no_update before update on frozen_accounts begin select raise(abort, 'frozen_accounts is insert-only'); end;
CREATE TRIGGER frozen_accounts_no_delete before delete on frozen_accounts begin select raise(abort, 'frozen_accounts is insert-only'); end;
CREATE TRIGGER audit_no_update before update on audit begin select raise(abort, 'audit is insert-only'); end;
CREATE TRIGGER audit_no_delete before delete on audit begin select raise(abort, 'audit is insert-only'); end;
COMMIT;
