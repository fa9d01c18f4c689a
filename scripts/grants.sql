-- What GTM Metrics needs in Snowflake: a role that reads, a warehouse that it reads with, a user without a password.
-- Put your own database and schema in the place of GTM_DB and GTM_DB.GTM, and run it as a role that may do all this.

-- The role: it uses and selects, and nothing else.
create role if not exists gtm_reader comment = 'GTM Metrics: reads, and nothing else';

-- The warehouse: XSMALL is where to begin; it wakes for a query and sleeps a minute later.
create warehouse if not exists gtm_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 300
    comment = 'GTM Metrics';

-- Its credits have an end: 20 a month to begin with. Needs ACCOUNTADMIN.
create resource monitor if not exists gtm_monitor with
    credit_quota = 20
    frequency = monthly
    start_timestamp = immediately
    triggers on 80 percent do notify
             on 100 percent do suspend;
alter warehouse gtm_wh set resource_monitor = gtm_monitor;

-- What it reads: once for each schema that holds tables of yours (a layout may read several).
grant usage on warehouse gtm_wh to role gtm_reader;
grant usage on database gtm_db to role gtm_reader;
grant usage on schema gtm_db.gtm to role gtm_reader;
grant select on all tables in schema gtm_db.gtm to role gtm_reader;
grant select on future tables in schema gtm_db.gtm to role gtm_reader;
grant select on all views in schema gtm_db.gtm to role gtm_reader;
grant select on future views in schema gtm_db.gtm to role gtm_reader;

-- The user: a service has a key and no password.
create user if not exists gtm_service
    type = service
    default_role = gtm_reader
    default_warehouse = gtm_wh
    default_namespace = gtm_db.gtm
    comment = 'GTM Metrics';
grant role gtm_reader to user gtm_service;
-- the public key between its BEGIN and END lines, in one line (docs/snowflake.md says how a pair is made)
-- alter user gtm_service set rsa_public_key = 'MIIBIjANBgkqh...';
-- or a programmatic access token, shown once
-- alter user gtm_service add programmatic access token gtm_metrics role_restriction = 'GTM_READER' days_to_expiry = 90;
