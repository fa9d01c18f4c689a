"""A company's own words: reads gtm.toml into frozen dataclasses, and refuses what it cannot mean.

SETTINGS is the whole list: name, default, range, unit and one sentence each. The definitions page and
docs/settings.md print it, so a setting that is not in the list does not exist.
"""

from __future__ import annotations

import difflib
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from gtm_metrics.connections import url_in_secrets
from gtm_metrics.question import NOT_SET
from gtm_metrics.rules import CONSTANTS, Rules
from gtm_metrics.vocabulary import BY_NAME as WORD_LISTS

DEFAULT_URL = "duckdb:///data/demo.duckdb"
WATCHED = 2
"""How many of the declared dimensions are watched where gtm.toml does not say."""


class Refused(ValueError):
    """What a user gave cannot be used; the text names file, key, value, allowed range and meaning."""


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
        "journal.look_back_weeks",
        "integer",
        26,
        1,
        520,
        "weeks",
        "how many frozen weeks a refresh asks for again, to notice what was restated; every month, and with --full, "
        "all of them",
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


@dataclass(frozen=True)
class Dimension:
    """An attribute of accounts to segment by; `edges` cut a numeric one into fixed bands."""

    name: str
    label: str
    edges: tuple[float, ...] = ()

    def bands(self) -> tuple[str, ...]:
        """The names of the bands, lowest first: "under 50", "50 to 199", "200 and more"."""
        if not self.edges:
            return ()
        first, last = self.edges[0], self.edges[-1]
        inner = [_between(a, b) for a, b in pairwise(self.edges)]
        return (f"under {_plain(first)}", *inner, f"{_plain(last)} and more")


def _between(low: float, high: float) -> str:
    if not (float(low).is_integer() and float(high).is_integer()):
        return f"{_plain(low)} to under {_plain(high)}"
    return f"{_plain(low)} to {_plain(high - 1)}" if high - 1 > low else _plain(low)


def _plain(edge: float) -> str:
    """An edge as people write it: 2.5, 1,000,000."""
    return f"{edge:,.15g}"


@dataclass(frozen=True)
class Company:
    """What gtm.toml says, checked. `folder` is where it lies: relative paths start there.

    `url_from` says where the warehouse's URL stands, for whoever has to mend it.
    """

    url: str
    layouts: tuple[str, ...]
    schema: str
    timeout_seconds: int
    dimensions: tuple[Dimension, ...]
    won_in_time_weeks: int
    minimum_trials: int
    minimum_customer_weeks: int
    name: str
    currency: str
    fiscal_year_starts: int
    account_url: str
    opportunity_url: str
    stalled_calls: int
    stalled_weeks: int
    folder: Path
    labels: tuple[tuple[str, str], ...] = ()
    edges: tuple[tuple[str, tuple[float, ...]], ...] = ()
    watched: tuple[str, ...] = ()
    thesis: tuple[str, str] | None = None
    rules: Rules = field(default_factory=Rules)
    look_back_weeks: int = 26
    journal_url: str = ""
    schemas: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    query_tag: str = "gtm-metrics"
    url_from: str = ""

    @property
    def layout(self) -> str:
        """The names of the layouts, as one text."""
        return " + ".join(self.layouts)

    def dimension(self, name: str) -> Dimension:
        """The dimension `name` with its label and edges, declared or not."""
        label = dict(self.labels).get(name) or name.replace("_", " ").capitalize()
        return Dimension(name, label, dict(self.edges).get(name, ()))


def read_company(path: Path, environ: Mapping[str, str] | None = None) -> Company:
    """gtm.toml at `path` as a Company; a missing file means every default.

    Raises Refused naming file, key, value and allowed range.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    if path.exists():
        try:
            given = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{path.name}: not a TOML file: {error}") from error
        except OSError as error:
            raise Refused(f"{path}: cannot be read: {error.strerror}") from error
    for key in given:
        if key not in BY_KEY:
            near = difflib.get_close_matches(key, BY_KEY, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(BY_KEY)}"
            raise Refused(f"{path.name}: {key} is not a setting{hint}")
    value = {s.key: _checked(path.name, s, given.get(s.key, s.default)) for s in SETTINGS}
    if "warehouse.layout" in given and "warehouse.layouts" in given:
        raise Refused(f"{path.name}: warehouse.layout and warehouse.layouts are both given; name all layouts in one")
    layouts = value["warehouse.layouts"] if "warehouse.layouts" in given else (value["warehouse.layout"],)
    if not layouts:
        raise Refused(f"{path.name}: warehouse.layouts is empty; it must name at least one layout, such as own")
    for name in value["warehouse.schemas"]:
        if name not in layouts:
            raise Refused(
                f"{path.name}: warehouse.schemas names {name!r}, which is no layout of warehouse.layouts; "
                f"there are {', '.join(layouts)}"
            )
    url, url_from = _warehouse_url(path, value["warehouse.url"], environ)
    labels = dict(value["segments.labels"])
    edges = dict(value["segments.edges"])
    plain = Company(
        url=url,
        layouts=layouts,
        schema=value["warehouse.schema"],
        timeout_seconds=value["warehouse.timeout_seconds"],
        dimensions=(),
        won_in_time_weeks=value["metrics.won_in_time_weeks"],
        minimum_trials=value["metrics.minimum_trials"],
        minimum_customer_weeks=value["metrics.minimum_customer_weeks"],
        name=value["display.company"],
        currency=value["display.currency"],
        fiscal_year_starts=value["display.fiscal_year_starts"],
        account_url=value["display.account_url"],
        opportunity_url=value["display.opportunity_url"],
        stalled_calls=value["display.stalled_calls"],
        stalled_weeks=value["display.stalled_weeks"],
        folder=path.parent,
        labels=tuple(sorted(labels.items())),
        edges=tuple(sorted(edges.items())),
        watched=value["signal.dimensions"],
        thesis=value["signal.thesis"],
        rules=_rules(path.name, {c.key: value[f"signal.{c.key}"] for c in CONSTANTS}),
        journal_url=value["journal.url"],
        look_back_weeks=value["journal.look_back_weeks"],
        schemas=tuple(sorted(value["warehouse.schemas"].items())),
        columns=tuple(sorted(value["warehouse.columns"].items())),
        words=tuple(sorted(value["warehouse.words"].items())),
        query_tag=value["warehouse.query_tag"],
        url_from=url_from,
    )
    dimensions = tuple(plain.dimension(name) for name in value["segments.dimensions"])
    company = Company(**{**plain.__dict__, "dimensions": dimensions})
    _refuse_thesis(path.name, company)
    return company


def watched_names(company: Company) -> tuple[str, ...]:
    """Names of the dimensions to watch: those of [signal] dimensions, else the first two declared."""
    return company.watched or tuple(d.name for d in company.dimensions[:WATCHED])


def _refuse_thesis(file: str, company: Company) -> None:
    """Raises Refused for a thesis that could never be judged, as far as gtm.toml alone can tell."""
    if company.thesis is None:
        return
    dimension, segment = company.thesis
    watched, bands = watched_names(company), company.dimension(dimension).bands()
    if watched and dimension not in watched:
        raise _refused(file, "signal.thesis.dimension", dimension, f"a watched dimension: {', '.join(watched)}")
    if bands and segment not in bands:
        raise _refused(file, "signal.thesis.segment", segment, f"one of its edges' segments: {'; '.join(bands)}")
    if segment == NOT_SET:
        raise _refused(file, "signal.thesis.segment", segment, "a segment that can win")


def _refused(file: str, key: str, value: str, allowed: str) -> Refused:
    meaning = BY_KEY[key.rsplit(".", 1)[0]].meaning
    return Refused(f"{file}: {key} is {value!r}; it must be {allowed} ({meaning}).")


def _warehouse_url(path: Path, written: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The warehouse's URL and where it stands: GTM_WAREHOUSE, else secrets.toml, else what gtm.toml has written.

    Streamlit's secrets lie in the folder it runs in; a company's own, beside its gtm.toml, go before those.
    """
    if environ.get("GTM_WAREHOUSE"):
        return _absolute(environ["GTM_WAREHOUSE"], path.parent), "GTM_WAREHOUSE"
    try:
        found = url_in_secrets((path.parent.absolute(), Path.cwd()))
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    url, where = found or (written, f"{path.name}: warehouse.url")
    return _absolute(url, path.parent), where


def _rules(file: str, constants: dict[str, Any]) -> Rules:
    """The signal's constants together; what each allows alone may still not go together."""
    try:
        return Rules(**constants)
    except ValueError as wrong:
        raise Refused(f"{file}: {wrong}") from wrong


def _flat(toml: dict[str, Any]) -> dict[str, Any]:
    """{section: {key: value}} as {section.key: value}; tables below a key stay whole."""
    flat: dict[str, Any] = {}
    for section, body in toml.items():
        if isinstance(body, dict):
            flat.update({f"{section}.{key}": value for key, value in body.items()})
        else:
            flat[section] = body
    return flat


def _absolute(url: str, folder: Path) -> str:
    """A relative DuckDB or SQLite path starts at gtm.toml's folder, wherever the process runs."""
    for scheme in ("duckdb:///", "sqlite:///"):
        rest = url.removeprefix(scheme)
        if rest != url and rest and not rest.startswith(("/", ":")):
            return scheme + str((folder / rest).absolute())
    return url


def _checked(file: str, setting: Setting, value: Any) -> Any:
    def refuse(allowed: str) -> Refused:
        # a warehouse's URL may hold a password, in whatever form it was written
        shown = "something else" if setting.key in SECRET else repr(value)
        return Refused(f"{file}: {setting.key} is {shown}; it must be {allowed} ({setting.meaning}).")

    if setting.kind == "integer":
        low, high = int(setting.low or 0), int(setting.high or 0)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise refuse(f"a whole number of {setting.unit} from {low:,} to {high:,}")
    elif setting.kind in ("number", "numbers"):
        several = setting.kind == "numbers"
        numbers = list(value) if several and isinstance(value, list | tuple) else [value]
        if not numbers or not all(_within(setting, number) for number in numbers):
            kind = "a list of numbers" if several else "a number"
            raise refuse(f"{kind} ({setting.unit}) from {setting.low:g} to {setting.high:g}")
        value = tuple(float(number) for number in numbers) if several else float(value)
    elif setting.kind == "text":
        if not isinstance(value, str):
            raise refuse("text")
        field = setting.key.removeprefix("display.").removesuffix("_url")
        is_link = setting.key.startswith("display.") and setting.key.endswith("_url") and value != ""
        if is_link and ("{" + field + "_id}" not in value or not value.startswith(("https://", "http://"))):
            raise refuse(f"an http(s) address that holds {{{field}_id}}")
    elif setting.kind == "names":
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) and v for v in value):
            raise refuse("a list of column names")
        if len(set(value)) != len(value):
            raise refuse("a list that names each column once")
        value = tuple(value)
    elif setting.kind == "labels":
        if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
            raise refuse('a table of column = "words"')
    elif setting.kind == "columns":
        # a dotted key without quotes is a table within a table
        value = _dotted(value) if isinstance(value, dict) else value
        if not isinstance(value, dict) or not all(isinstance(v, str) and v and "." in k for k, v in value.items()):
            raise refuse('a table of "relation.name" = "column"')
    elif setting.kind == "words":
        if not isinstance(value, dict) or not all(_is_words(v) for v in value.values()):
            raise refuse('a table of list = ["word", "phrase"]')
        for name in value:
            if name not in WORD_LISTS:
                raise Refused(f"{file}: {setting.key}.{name} is no list; there are {', '.join(WORD_LISTS)}.")
        value = {name: tuple(words) for name, words in value.items()}
    elif setting.kind == "edges":
        if not isinstance(value, dict) or not all(_rising(v) for v in value.values()):
            raise refuse("a table of column = [numbers that rise]")
        value = {name: tuple(float(edge) for edge in edges) for name, edges in value.items()}
    elif setting.kind == "thesis":
        if not isinstance(value, dict) or (value and set(value) != {"dimension", "segment"}):
            raise refuse('a table of dimension = "column" and segment = "value"')
        if not all(isinstance(v, str) and v for v in value.values()):
            raise refuse('a table of dimension = "column" and segment = "value"')
        value = (value["dimension"], value["segment"]) if value else None
    return value


def _dotted(table: dict[str, Any]) -> dict[str, Any]:
    """{a: {b: c}} as {a.b: c}, however deep."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = _dotted(value) if isinstance(value, dict) else {"": value}
        flat.update({f"{key}.{name}".rstrip("."): held for name, held in inner.items()})
    return flat


def _is_words(words: object) -> bool:
    return isinstance(words, list | tuple) and all(isinstance(word, str) and word.strip() for word in words)


def _within(setting: Setting, number: object) -> bool:
    if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
        return False
    return (setting.low is None or number >= setting.low) and (setting.high is None or number <= setting.high)


def _rising(edges: object) -> bool:
    if not isinstance(edges, list | tuple) or not edges:
        return False
    if not all(isinstance(e, int | float) and not isinstance(e, bool) and math.isfinite(e) for e in edges):
        return False
    return all(a < b for a, b in pairwise(edges))
