"""[warehouse] and [journal]: where the numbers come from and where what is decided is kept."""

from __future__ import annotations

from gtm_metrics.company.settings.setting import Setting

DEFAULT_URL = "duckdb:///data/demo.duckdb"

WAREHOUSE: tuple[Setting, ...] = (
    Setting(
        "warehouse.url",
        "text",
        DEFAULT_URL,
        None,
        None,
        "SQLAlchemy URL",
        "where the tables are; the environment variable GTM_WAREHOUSE goes before it, and so does "
        "[connections.warehouse] in .streamlit/secrets.toml",
    ),
    Setting(
        "warehouse.layout",
        "text",
        "own",
        None,
        None,
        "folder",
        "the layout that renames the tables: one that ships, or a folder beside gtm.toml",
    ),
    Setting(
        "warehouse.layouts",
        "names",
        ("own",),
        None,
        None,
        "folders",
        "several layouts in place of one, a CRM first: each of our tables comes from the last that has it",
    ),
    Setting(
        "warehouse.schema",
        "text",
        "",
        None,
        None,
        "schema",
        "the schema that holds the tables; empty means the connection's own",
    ),
    Setting(
        "warehouse.schemas",
        "labels",
        {},
        None,
        None,
        "schemas",
        "the schema of a layout, where it is not the one its connector usually writes to",
    ),
    Setting(
        "warehouse.columns",
        "columns",
        {},
        None,
        None,
        "columns",
        'your own column for a name that a layout reads: "opportunity.loss_reason" = "why_we_lost_c"',
    ),
    Setting(
        "warehouse.words",
        "words",
        {},
        None,
        None,
        "words",
        "your own words for a list that layouts read free fields by, in place of its defaults",
    ),
    Setting(
        "warehouse.timeout_seconds",
        "integer",
        120,
        1,
        3600,
        "seconds",
        "how long one query may take before it is stopped and the page says so",
    ),
    Setting(
        "warehouse.load_seconds",
        "integer",
        3600,
        1,
        86_400,
        "seconds",
        "how long layouts' SQL may take for one of our tables while a load builds it, before the load is given up and "
        "the warehouse stays what it was",
    ),
    Setting(
        "warehouse.profile_hours",
        "integer",
        12,
        0,
        24,
        "hours",
        "how long a look at all tables is used again on the same day, instead of counting their rows at every "
        "connection; 0 looks each time",
    ),
    Setting(
        "warehouse.patience_seconds",
        "integer",
        20,
        1,
        3600,
        "seconds",
        "how long a page waits for the warehouse where it has what was last read, before it shows that and says how "
        "old it is",
    ),
    Setting(
        "warehouse.kept_answers_mb",
        "integer",
        200,
        0,
        10_000,
        "megabytes",
        "how much of what pages read is kept beside the journal, customers' names included, for when the warehouse "
        "does not answer; 0 keeps none",
    ),
    Setting(
        "warehouse.query_tag",
        "text",
        "gtm-metrics",
        None,
        None,
        "words",
        "what our queries are called in the history of Snowflake (QUERY_TAG) and PostgreSQL (application_name)",
    ),
)

JOURNAL: tuple[Setting, ...] = (
    Setting(
        "journal.url",
        "text",
        "",
        None,
        None,
        "SQLAlchemy URL",
        "where weeks are frozen and decisions kept, SQLite or PostgreSQL; the environment variable GTM_JOURNAL goes "
        "before it; empty means a SQLite file beside the embedded warehouse, or in data beside gtm.toml",
    ),
    Setting(
        "journal.refresh_wait_seconds",
        "integer",
        2,
        0,
        3600,
        "seconds",
        "how long a page waits for a new week's refresh before it opens with the week before and shows how far it is",
    ),
    Setting(
        "journal.look_back_weeks",
        "integer",
        26,
        1,
        520,
        "weeks",
        "how many frozen weeks a refresh asks for again, to notice what was restated; every month, and with --full, "
        "all of them",
    ),
)
