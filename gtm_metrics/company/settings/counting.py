"""[segments] to [markets]: what is counted and how it is judged."""

from __future__ import annotations

from gtm_metrics.company.settings.setting import Setting
from gtm_metrics.market_rules import BENEFIT, CONTENT, EASE
from gtm_metrics.rules import CONSTANTS

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

COUNTING: tuple[Setting, ...] = (
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
)
