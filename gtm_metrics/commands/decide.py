"""What people decide, without a browser: gtm-metrics decide KIND, each kind with the options it takes.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.commands.asking import day_of, journal_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.kept import TAKEN_BACK
from gtm_metrics.journal.tables import (
    CASE_STUDY,
    FUNCTIONS,
    LOOSE,
    MARKS,
    STATUSES,
    THESIS,
    TIGHTEN,
    VOUCH,
)

FINE = 0

Options = argparse.Namespace
PIN = "pin"
NOBODY = "none"
"""A position that takes back the place which people gave a pin."""


@dataclass(frozen=True)
class Kind:
    """A kind of decision.

    text   what it does
    needs  options it must have
    takes  options it may have
    write  (engine, options, today) -> the row that was written, as it is printed
    """

    text: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    write: Callable[[sa.Engine, Options, date], pd.DataFrame]


def add_decide(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser; `command(name, run, text)` gives it."""
    text = "write a decision into the journal: on the signal, a pin of the bowling alley, a market, a vote"
    sub = command("decide", _decide, text)
    told = "; ".join(f"{name}: {kind.text}" for name, kind in KINDS.items())
    sub.add_argument("kind", choices=tuple(KINDS), metavar="KIND", help=told)

    def options(title: str, **named: dict[str, Any]) -> None:
        group = sub.add_argument_group(title)
        for name, how in named.items():
            group.add_argument(f"--{name.replace('_', '-')}", default=None, **how)

    options(
        "of most kinds",
        dimension={"metavar": "DIM", "help": "the segment's dimension"},
        segment={"metavar": "NAME", "help": "the segment"},
        why={"metavar": "WORDS", "help": "the reason, in a sentence"},
        who={"metavar": "NAME", "help": "who decided"},
    )
    options(
        f"of {TIGHTEN}, {LOOSE}, {THESIS}",
        review={"type": day_of, "metavar": "DATE", "help": "the day on which to look at it again"},
        replaces={"type": int, "metavar": "N", "help": "number of the decision it takes back"},
    )
    options(
        "of pin",
        status={"type": _spaced, "choices": STATUSES, "help": "what it is; blanks may be dashes"},
        position={"type": _position, "metavar": "N", "help": f"its place, 0 in front, or {NOBODY}"},
        owner={"metavar": "NAME", "help": "who sees to it"},
        notes={"metavar": "WORDS", "help": "what else is to be known of it"},
        rule={"action": "append", "type": _rule, "metavar": "DIM=VALUE", "help": "what it is made of, as of targets"},
        saw={"type": int, "metavar": "N", "help": "the version you looked at (default the last); undo too"},
    )
    options(
        "of size",
        accounts={"type": int, "metavar": "N", "help": "how many accounts the market has"},
        source={"metavar": "WORDS", "help": "whose number that is"},
        dated={"type": day_of, "metavar": "DATE", "help": "the day it is of"},
    )
    options(
        "of vouch",
        to={"metavar": "NAME", "help": "the segment in which it helps"},
        to_dimension={"metavar": "DIM", "help": "its dimension, where it is another"},
        name={"metavar": "NAME", "help": "who would vouch, or what the case study is called"},
        what={"metavar": "WORDS", "help": "what it is about"},
        case_study={"action": "store_const", "const": True, "help": "it is a case study"},
    )
    options(
        "of judge",
        on={"choices": MARKS, "help": "the question"},
        value={"type": float, "metavar": "X", "help": "0 (no) to 1 (yes); of order the place, from 1 on"},
    )
    options(
        "of vote",
        function={"type": _spaced, "choices": FUNCTIONS, "help": "whose vote it is; blanks may be dashes"},
        person={"metavar": "NAME", "help": "who votes (default --who)"},
    )
    options(
        "of undo, take-back",
        number={"type": int, "metavar": "N", "help": "of the change of a pin, or of the row"},
        table={"choices": tuple(TAKEN_BACK), "help": "take-back: where the row is"},
    )


def _decide(options: Options, company: Company, as_of: date | None, today: date) -> int:
    """Writes a decision and prints it."""
    if as_of is not None:
        raise Refused("a decision is made on the day it is written; decide takes no --as-of")
    kind = KINDS[options.kind]
    given = {name for name in OPTIONS if getattr(options, name) is not None}
    missing = [name for name in kind.needs if name not in given]
    strange = sorted(given - {*kind.needs, *kind.takes})
    if missing or strange:
        which = f"needs --{_dashed(missing[0])}" if missing else f"takes no --{_dashed(strange[0])}"
        raise Refused(f"decide {options.kind} {which}; {_described(kind)}")
    with journal_of(company) as engine:
        unknown = _unknown(engine, options)
        written = kind.write(engine, options, today)
    for line in unknown:
        tell(line)
    show(written.map(journal.plain), options.format)
    return FINE


def _unknown(engine: sa.Engine, asked: Options) -> list[str]:
    """What to say of segments that the journal does not know: they may be new, or a slip of the pen.

    A pin is set beside the segments that are judged, anything else beside the pins as well; of a dimension that the
    journal does not know nothing is said.
    """
    with journal.reading(engine) as seen:
        judged, pins = journal.registry(seen), journal.pins(seen)
    known = judged if asked.kind == PIN else pd.concat([judged, pins])
    named = [(asked.dimension, asked.segment)]
    if asked.to:
        named.append((asked.to_dimension or asked.dimension, asked.to))
    told = []
    for dimension, segment in named:
        others = sorted(set(known.loc[known["dimension"] == dimension, "segment"]))
        if segment and others and segment not in others:
            are = "is judged" if asked.kind == PIN else "is judged, or a pin"
            told.append(f"{segment!r} is no segment that {are}; {dimension} has {', '.join(others)}")
    return told


def _decided(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    about = (asked.dimension or "", asked.segment or "")
    number = journal.decide(
        engine, asked.kind, *about, asked.why or "", asked.who or "", today, asked.review, asked.replaces
    )
    return _rows(engine, partial(journal.decisions, replaced=True), id=number)


def _pin(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    fields = ("status", "owner", "notes", "rule")
    changes = {field: getattr(asked, field) for field in fields if getattr(asked, field) is not None}
    if asked.position is not None:
        changes["position"] = None if asked.position == NOBODY else asked.position
    about = {"dimension": asked.dimension or "", "segment": asked.segment}
    there = _rows(engine, journal.pins, **about)
    saw = asked.saw if asked.saw is not None or there.empty else int(there["version"].iloc[0])
    journal.keep_pin(engine, **about, changes=changes, why=asked.why, who=asked.who, today=today, saw=saw)
    return _rows(engine, journal.pins, **about)


def _undone(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    event = _rows(engine, journal.pin_events, id=asked.number)
    saw = asked.saw
    if saw is None and len(event):
        saw = int(_rows(engine, journal.pin_events, pin=event["pin"].iloc[0])["version"].max())
    journal.undo_pin(engine, asked.number, asked.why, asked.who, today, saw or 0)
    return _rows(engine, journal.pin_events, undoes=asked.number)


def _sized(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    about = {"dimension": asked.dimension, "segment": asked.segment}
    said = {"number": asked.accounts, "source": asked.source, "dated": asked.dated, "who": asked.who}
    saw = _number(_rows(engine, journal.market_sizes, **about))
    number = journal.keep_market_size(engine, **about, **said, today=today, saw=saw)
    return _rows(engine, journal.market_sizes, id=number)


def _vouched(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    from_, to = (asked.dimension, asked.segment), (asked.to_dimension or asked.dimension, asked.to)
    kind = CASE_STUDY if asked.case_study else VOUCH
    number = journal.vouch(engine, kind, from_, to, asked.name, asked.what or "", asked.who, today)
    return _rows(engine, journal.vouches, id=number)


def _judged(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    about = {"dimension": asked.dimension, "segment": asked.segment, "question": asked.on}
    saw = _number(_rows(engine, journal.judgements, **about))
    number = journal.keep_judgement(
        engine, **about, value=asked.value, why=asked.why, who=asked.who, today=today, saw=saw
    )
    return _rows(engine, journal.judgements, id=number)


def _voted(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    named = (asked.function, asked.person or asked.who, asked.dimension, asked.segment)
    number = journal.vote(engine, *named, asked.why, asked.who, today)
    return _rows(engine, journal.votes, id=number)


def _taken_back(engine: sa.Engine, asked: Options, today: date) -> pd.DataFrame:
    number = journal.take_back(engine, asked.table, asked.number, asked.who, today)
    return pd.DataFrame([{"table": asked.table, "taken_back": asked.number, "number": number}])


def _rows(engine: sa.Engine, what: Callable[[sa.Connection], pd.DataFrame], **found_by: Any) -> pd.DataFrame:
    """The rows of a frame of the journal whose columns are so."""
    with journal.reading(engine) as seen:
        rows = what(seen)
    for column, value in found_by.items():
        rows = rows[rows[column] == value]
    return rows


def _number(rows: pd.DataFrame) -> int | None:
    return None if rows.empty else int(rows["id"].iloc[0])


_SEGMENT = ("dimension", "segment")
_SIGNAL = (*_SEGMENT, "why", "who", "review", "replaces")
KINDS: dict[str, Kind] = {
    # what these must have depends on each other, and journal.decide says it
    TIGHTEN: Kind("sell to a segment first", (), _SIGNAL, _decided),
    LOOSE: Kind("stay, or go back to, selling broadly", (), _SIGNAL, _decided),
    THESIS: Kind("name a segment in advance", (), _SIGNAL, _decided),
    PIN: Kind(
        "set up a pin of the bowling alley, or change one",
        ("segment", "why", "who"),
        ("dimension", "status", "position", "owner", "notes", "rule", "saw"),
        _pin,
    ),
    "undo": Kind("put a change of a pin back", ("number", "why", "who"), ("saw",), _undone),
    "size": Kind("say how large a market is", (*_SEGMENT, "accounts", "source", "dated", "who"), (), _sized),
    "vouch": Kind(
        "say who would vouch for us where",
        (*_SEGMENT, "to", "name", "who"),
        ("to_dimension", "what", "case_study"),
        _vouched,
    ),
    "judge": Kind("set a judgement beside the evidence", (*_SEGMENT, "on", "value", "why", "who"), (), _judged),
    "vote": Kind("name a function's best-fit segment", (*_SEGMENT, "function", "why", "who"), ("person",), _voted),
    "take-back": Kind("a row no longer counts", ("table", "number", "who"), (), _taken_back),
}
OPTIONS = tuple(sorted({name for kind in KINDS.values() for name in (*kind.needs, *kind.takes)}))


def _described(kind: Kind) -> str:
    needs, takes = ([f"--{_dashed(name)}" for name in names] for names in (kind.needs, kind.takes))
    return f"it takes {', '.join(needs)}" + (f", and may take {', '.join(takes)}" if takes else "")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _spaced(text: str) -> str:
    return text.replace("-", " ").replace("_", " ")


def _position(text: str) -> int | str:
    if text == NOBODY or text.isdigit():
        return text if text == NOBODY else int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no place such as 0, and not {NOBODY}")


def _rule(text: str) -> dict[str, Any]:
    name, _, values = text.partition("=")
    segments = [value.strip() for value in values.split("|") if value.strip()]
    if not name.strip() or not segments:
        raise argparse.ArgumentTypeError(f'{text!r} is no rule such as "industry=Retail|Banks"')
    return {"dimension": name.strip(), "segments": segments}
