"""SETTINGS, every line that gtm.toml may hold: name, default, range, unit and one sentence each.

The definitions page and docs/settings.md print it, so a setting that is not in the list does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gtm_metrics.market_rules import BENEFIT, CONTENT, EASE
from gtm_metrics.rules import CONSTANTS

DEFAULT_URL = "duckdb:///data/demo.duckdb"

WEIGHTS: tuple[tuple[str, float, str], ...] = (
    ("retention", 1.0, "how much it counts that a customer still pays, and for how long"),
    ("advocacy", 1.0, "how much it counts that its people would recommend us, and did"),
    ("engagement", 1.0, "how much it counts that the product is used, by all who could"),
    ("revenue", 1.0, "how much it counts what a customer pays a month"),
    ("effort", 0.0, "how much it counts that a customer was won with few touches and calls; 0 leaves it out"),
    ("support", 0.0, "how much it counts that a customer asks little of support; 0 leaves it out"),
)
"""The parts of the customer value score: name, usual weight, and what the weight says."""
LIMITS: tuple[tuple[str, str, float, tuple[float, float], str, str], ...] = (
    (
        "discount_at_most", "number", 0.2, (0.0, 1.0), "share of the list price",
        "the criterion able: a customer that was won at a discount of no more than this could pay",
    ),
    (
        "weeks_used_at_least", "integer", 10, (1, 13), "weeks of the last 13",
        "the criterion can be made successful: a customer that used the product in so many weeks has made it its own",
    ),
    (
        "grown_by_at_least", "number", 0.1, (0.0, 10.0), "share of the first MRR",
        "the criterion room to grow: a customer that pays so much more than when it began has grown, not only paid a "
        "new price",
    ),
)  # fmt: skip
"""From where a customer meets one of the seven criteria: name, kind, usual value, range, unit, and what it says."""
STATUS_QUO = (
    "spreadsheet", "spreadsheets", "excel", "google sheets", "manual", "manually", "by hand", "in-house", "inhouse",
    "homegrown", "internal tool", "intern", "interns", "nothing", "status quo", "no change", "existing process",
)  # fmt: skip
"""What people write where the alternative was to stay as they are."""


@dataclass(frozen=True)
class Setting:
    """One line of gtm.toml: its key, type, default, allowed range, unit and what it means."""

    key: str
    kind: str
    default: Any
    low: float | None
    high: float | None
    unit: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
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
    Setting(
        "segments.dimensions",
        "names",
        (),
        None,
        None,
        "columns of accounts",
        "the attributes to segment by, the most telling first; empty means every text attribute",
    ),
    Setting("segments.labels", "labels", {}, None, None, "words", "what a dimension is called on screen"),
    Setting(
        "segments.edges",
        "edges",
        {},
        None,
        None,
        "the attribute's own unit",
        "where a numeric attribute is cut into segments, rising",
    ),
    Setting(
        "metrics.won_in_time_weeks",
        "integer",
        13,
        1,
        104,
        "weeks",
        "M of won in time: how long a deal has to be won; the 80th percentile of your won cycle is a good M",
    ),
    Setting(
        "metrics.minimum_trials",
        "integer",
        30,
        10,
        1000,
        "trials",
        "below it a segment shows counts and no rate, because the rate would be luck",
    ),
    Setting(
        "metrics.minimum_customer_weeks",
        "integer",
        400,
        100,
        100_000,
        "customer-weeks",
        "the same for churn, where a trial is a customer and a week",
    ),
    Setting(
        "signal.dimensions",
        "names",
        (),
        None,
        None,
        "columns of accounts",
        "the dimensions watched for a winner, every value of which counts as one that could be; empty means the first "
        "two of segments.dimensions",
    ),
    Setting(
        "signal.thesis",
        "thesis",
        {},
        None,
        None,
        "a dimension and a segment",
        "the segment you believe in before the evidence: named before it is first watched, it needs less proof and the "
        "others more; named later, the same proof as any other",
    ),
    *(Setting(f"signal.{c.key}", c.kind, c.default, c.low, c.high, c.unit, c.meaning) for c in CONSTANTS),
    *(Setting(f"value.{name}", "number", usual, 0.0, 100.0, "weight", says) for name, usual, says in WEIGHTS),
    *(Setting(f"criteria.{n}", kind, usual, *ends, unit, says) for n, kind, usual, ends, unit, says in LIMITS),
    Setting(
        "alternatives.status_quo",
        "phrases",
        STATUS_QUO,
        None,
        None,
        "words",
        "a deal whose alternative on record holds one of these, found whole, was against staying as they are",
    ),
    Setting(
        "markets.content_channels",
        "phrases",
        CONTENT,
        None,
        None,
        "words",
        "an inbound touch whose channel holds one of these, found whole, came from somebody who sought what we know",
    ),
    Setting(
        "markets.down_at",
        "number",
        0.40,
        0.05,
        1.0,
        "share of a market",
        "the share of a market, by the size that people enter, at which a pin is down",
    ),
    *(Setting(f"markets.ease_{name}", "number", usual, 0.0, 100.0, "weight", says) for name, usual, says in EASE),
    *(Setting(f"markets.benefit_{name}", "number", usual, 0.0, 100.0, "weight", says) for name, usual, says in BENEFIT),
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
    *(
        Setting(f"access.{role}s", "people", (), None, None, "people", meaning)
        for role, meaning in (
            ("viewer", "who may see every page and take files without names, once they signed in"),
            ("editor", "who may also decide, keep profiles, lists, notes and pins, and take files with names"),
            ("admin", "who may also fill a journal from a file"),
        )
    ),
    Setting(
        "access.groups_claim",
        "text",
        "groups",
        None,
        None,
        "claim",
        'the claim of the identity provider that holds a person\'s groups, for entries such as "group:sales"',
    ),
    Setting(
        "access.signed_in_hours",
        "integer",
        12,
        1,
        720,
        "hours",
        "how long a sign-in holds; after that one signs in again, with what groups one has by then",
    ),
    Setting(
        "access.open_to_network",
        "switch",
        False,
        None,
        None,
        "true or false",
        "whether the dashboard may be served beyond this machine without any sign-in",
    ),
    Setting("display.company", "text", "", None, None, "words", "the company's name, over the menu and on slides"),
    Setting("display.currency", "text", "$", None, None, "symbol", "what stands before an amount of money"),
    Setting(
        "display.fiscal_year_starts",
        "integer",
        1,
        1,
        12,
        "month",
        "the month in which the fiscal year starts; quarters follow from it",
    ),
    Setting(
        "display.account_url",
        "text",
        "",
        None,
        None,
        "URL",
        "address of an account in your CRM, with {account_id} where the id goes",
    ),
    Setting(
        "display.opportunity_url",
        "text",
        "",
        None,
        None,
        "URL",
        "address of an opportunity in your CRM, with {opportunity_id} where the id goes",
    ),
    Setting(
        "display.stalled_calls",
        "integer",
        4,
        2,
        20,
        "calls",
        "an open deal is called stalled from this many calls without understanding",
    ),
    Setting(
        "display.stalled_weeks",
        "integer",
        6,
        1,
        52,
        "weeks",
        "an open deal is called stalled after this many weeks without a call or a touch",
    ),
)
SECRET = ("warehouse.url", "journal.url")
"""Settings that may hold a password: they are never shown."""
BY_KEY = {setting.key: setting for setting in SETTINGS}
