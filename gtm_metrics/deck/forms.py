"""What a slide's chart holds, in plain numbers and words: for a picture, for a native chart, and for the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

PERCENT, CALLS, TIMES, ODDS, COUNT = "percent", "calls", "times", "odds", "count"
"""Units: fractions shown as percent, mean calls, times everyone else, odds to one, counts."""

MILLION = 1e6

Numbers: TypeAlias = tuple[float | None, ...]
Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """One column of a dot-and-interval chart, a number a row, in `unit`s; None where there is none.

    labels      what stands at each dot, or in its place the counts
    rest        everyone else's number of each row, a tick
    standings   'ahead', 'behind' or '' a row
    line        a number to set all rows beside, and its label
    """

    title: str
    caption: str
    unit: str
    values: Numbers
    low: Numbers
    high: Numbers
    labels: Words
    rest: Numbers
    standings: Words
    line: float | None = None
    line_label: str = ""


@dataclass(frozen=True)
class Dots:
    """Dot and interval: a row a segment (period, trait), a panel a measure; `subject` is the row in bold."""

    rows: Words
    panels: tuple[Panel, ...]
    subject: str = ""


@dataclass(frozen=True)
class Line:
    """One line by place; low and high are its interval, empty without one. `label` stands at its end."""

    name: str
    values: Numbers
    label: str
    subject: bool = False
    standing: str = ""
    dashed: bool = False
    low: Numbers = ()
    high: Numbers = ()


@dataclass(frozen=True)
class Lines:
    """Lines over `at` (a label a place); `steps` are level until the next place.

    mark    a number that matters, drawn across, and its label
    days    the day of each place, as ISO text, where places are days; all are as far apart
    """

    title: str
    caption: str
    unit: str
    at: Words
    lines: tuple[Line, ...]
    steps: bool = False
    mark: float | None = None
    mark_label: str = ""
    days: Words = ()


@dataclass(frozen=True)
class Part:
    """One part of every bar."""

    name: str
    values: Numbers


@dataclass(frozen=True)
class Bars:
    """Bars across: a row a bar of parts, as shares of the whole or as counts; `labels` stand at their ends.

    A row whose first value is None has no bar: its label says why. line stands across the first row.
    """

    title: str
    caption: str
    rows: Words
    parts: tuple[Part, ...]
    labels: Words
    standings: Words
    shares: bool
    subject: str = ""
    line: float | None = None
    line_label: str = ""


@dataclass(frozen=True)
class Table:
    """Cells of text in type of this size; `weights` are the columns' widths beside each other.

    accounts   the columns that name accounts
    numbers    the columns that hold numbers: they end at one edge
    """

    columns: Words
    cells: tuple[Words, ...]
    weights: tuple[float, ...]
    accounts: tuple[int, ...] = ()
    size: float = 14.0
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pin:
    """One pin of the alley: its row from the front and place from the left, what stands in its ring and under it.

    share_of  "market", else the ring is dashed; down: it lies there filled
    """

    name: str
    status: str
    row: int
    place: int
    share: float | None
    share_of: str
    down: bool
    label: str


@dataclass(frozen=True)
class Bond:
    """A tie between two pins by their place in the list: its weight 0..1, and what stands beside it."""

    a: int
    b: int
    weight: float
    label: str


@dataclass(frozen=True)
class Alley:
    """The bowling alley: pins in a rack, the head pin in front, and what ties them."""

    pins: tuple[Pin, ...]
    ties: tuple[Bond, ...]


Form: TypeAlias = Dots | Lines | Bars | Table | Alley
FORMS: Mapping[str, type[Form]] = {"dots": Dots, "lines": Lines, "bars": Bars, "table": Table, "alley": Alley}
_PARTS: Mapping[str, type[Panel | Line | Part | Pin | Bond]] = {
    "panels": Panel,
    "lines": Line,
    "parts": Part,
    "pins": Pin,
    "ties": Bond,
}


def as_json(form: Form) -> dict[str, Any]:
    """The form as the journal keeps it."""
    kind = next(name for name, each in FORMS.items() if isinstance(form, each))
    return {"form": kind, **asdict(form)}


def from_json(kept: Mapping[str, Any]) -> Form:
    """The form that was kept. Raises KeyError for one that is not known, TypeError for a field of another type, and
    ValueError where its parts do not fit together."""
    made: Callable[..., Form] = FORMS[kept["form"]]
    form = _held(made, {name: value for name, value in kept.items() if name != "form"})
    if not _fits_together(form):
        raise ValueError(f"the parts of {kept['form']} do not fit together")
    return form


def _fits_together(form: Form) -> bool:
    """Whether there is one of everything for every row, place or column, and every tie has its two pins."""
    if isinstance(form, Alley):
        return all(0 <= end < len(form.pins) for tie in form.ties for end in (tie.a, tie.b))
    if isinstance(form, Table):
        widths = {len(form.columns), len(form.weights), *map(len, form.cells)}
        return len(widths) == 1 and all(0 <= n < len(form.columns) for n in (*form.accounts, *form.numbers))
    if isinstance(form, Lines):
        some = [form.days, *(side for line in form.lines for side in (line.low, line.high))]
        every: list[tuple[Any, ...]] = [line.values for line in form.lines] + [one for one in some if one]
        return all(len(one) == len(form.at) for one in every)
    if isinstance(form, Bars):
        return all(len(one) == len(form.rows) for one in (form.labels, form.standings, *(p.values for p in form.parts)))
    sides = ("values", "low", "high", "labels", "rest", "standings")
    return all(len(getattr(panel, side)) == len(form.rows) for panel in form.panels for side in sides)


def _read(name: str, value: Any) -> Any:
    if name in _PARTS and isinstance(value, list):
        return tuple(_held(_PARTS[name], one) for one in value)
    return tuple(_read(name, one) for one in value) if isinstance(value, list) else value


def _held(made: Callable[..., T], kept: Mapping[str, Any]) -> T:
    """A part of a form with each field of the type it has. Raises TypeError."""
    read = {name: _read(name, value) for name, value in kept.items()}
    types = get_type_hints(made)
    for name, value in read.items():
        if not _is(value, types[name]):
            raise TypeError(f"{name} is no {types[name]}")
    return made(**read)


def _is(value: Any, wanted: Any) -> bool:
    """Whether a value is of a type that a form's field has: a plain one, one or nothing, or a tuple of them."""
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple) and all(_is(one, get_args(wanted)[0]) for one in value)
    if get_args(wanted):
        return any(_is(value, one) for one in get_args(wanted))
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def written(value: float | None, unit: str) -> str:
    """A number of an axis: 5 %, 2.5, 1.5 ×, 100 to 1, 10 million to 1."""
    if value is None:
        return ""
    if unit == PERCENT:
        return f"{100 * value:.10g}\u00a0%"
    if unit == ODDS:
        if value >= MILLION:
            return f"{value / MILLION:,.0f} million to 1"
        return f"{value:,.0f} to 1" if value >= 1 else ""
    return f"{value:,.10g}{' ×' if unit == TIMES else ''}"
