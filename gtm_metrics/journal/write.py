"""What is added to the journal: people's decisions, and what a refresh froze and judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import verdicts
from gtm_metrics.journal.tables import DECISIONS, LOOSE, THESIS, Audited, Base, Decision, Registered
from gtm_metrics.weeks import monday


def append(journal: sa.Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows to a table of the journal, within the transaction of `writing(engine)`."""
    if rows:
        journal.execute(sa.insert(table.__table__), [dict(row) for row in rows])  # type: ignore[arg-type]


def audited(journal: sa.Connection, who: str, what: str, details: Mapping[str, Any]) -> None:
    """Notes that something happened to the journal."""
    append(journal, Audited, [{"who": who, "what": what, "details": plain(details)}])


def decide(
    engine: sa.Engine,
    kind: str,
    dimension: str,
    segment: str,
    why: str,
    who: str,
    today: date,
    review_on: date | None = None,
    replaces: int | None = None,
) -> int:
    """Writes a decision with the evidence of the day; its number.

    kind is tighten, loose or thesis. Loose may stand for the whole company (no dimension, no segment). It counts from
    the refresh of the week of `today`. `replaces` is the number of a decision it takes back. Raises Refused for a
    segment that is not registered (a thesis may be named before it is), for words that are missing, and for a
    decision that is not there or was taken back already.
    """
    if kind not in DECISIONS:
        raise Refused(f"a decision is one of {', '.join(DECISIONS)}, not {kind!r}")
    for name, given in (("who", who), ("why", why)):
        if not given.strip():
            raise Refused(f"a decision says {name}; give it --{name}")
    if review_on is not None and review_on <= today:
        raise Refused(f"the review is on {review_on}; it must lie after {today}")
    with writing(engine) as journal:
        if not (kind == LOOSE and not segment and not dimension):
            _refuse_unknown(journal, kind, dimension, segment)
        if replaces is not None:
            _refuse_replaced(journal, replaces)
        decision = {
            "kind": kind,
            "dimension": dimension,
            "segment": segment,
            "why": why.strip(),
            "who": who.strip(),
            "review_on": review_on,
            "decided_at": today,
            "week": monday(today),
            "replaces": replaces,
        }
        return decided(journal, decision)


def decided(journal: sa.Connection, decision: Mapping[str, Any]) -> int:
    """Adds a decision, with its segment's last verdict as evidence, and notes it; its number."""
    said = verdicts(journal)
    mine = said[(said["dimension"] == decision["dimension"]) & (said["segment"] == decision["segment"])]
    row = {**decision, "evidence": plain(mine.iloc[0].to_dict()) if len(mine) else None}
    number = int(journal.execute(sa.insert(Decision).values(**row).returning(Decision.id)).scalar_one())
    told = {"decision": number, **{name: row[name] for name in ("kind", "segment", "why")}}
    audited(journal, str(row["who"]), "decided", told)
    return number


def _refuse_unknown(journal: sa.Connection, kind: str, dimension: str, segment: str) -> None:
    if not dimension or not segment:
        raise Refused(f"a decision to {kind} names a dimension and a segment" if kind != THESIS else _THESIS)
    if kind == THESIS:
        return
    there = journal.execute(sa.select(Registered.dimension, Registered.segment).distinct()).all()
    if (dimension, segment) not in {tuple(row) for row in there}:
        known = sorted(s for d, s in there if d == dimension)
        listed = f"{dimension} has {', '.join(known)}" if known else f"{dimension!r} is not watched"
        raise Refused(f"{segment!r} is not a segment that is judged; {listed}")


_THESIS = "a thesis names a dimension and a segment"


def _refuse_replaced(journal: sa.Connection, number: int) -> None:
    if journal.execute(sa.select(Decision.id).where(Decision.id == number)).first() is None:
        raise Refused(f"there is no decision {number}")
    if journal.execute(sa.select(Decision.id).where(Decision.replaces == number)).first() is not None:
        raise Refused(f"decision {number} was taken back already")


def plain(value: Any) -> Any:
    """A value as JSON keeps it: numbers plain, dates ISO, what is missing or not finite null."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(timespec="seconds")
    return value.isoformat()[:10] if isinstance(value, date) else value
