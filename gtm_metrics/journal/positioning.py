"""What we will say and whether we all say it: votes by function, the canvas with its versions, champion's cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.kept import in_effect, last_of, next_row, refuse_blank, until_day, written
from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import FUNCTIONS, PARTS, Canvas, Card, Vote
from gtm_metrics.journal.write import plain


def votes(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a person who named a best-fit segment (by `as_of`), as they named it last: the columns of tables.Vote."""
    return in_effect(journal, Vote, as_of)


def canvas(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a part of the canvas that was filled in (by `as_of`), its last version: the columns of tables.Canvas."""
    return in_effect(journal, Canvas, as_of)


def canvas_versions(journal: sa.Connection, part: str | None = None, as_of: date | None = None) -> pd.DataFrame:
    """One row a version of a part of the canvas, oldest first, also those replaced since."""
    query = until_day(sa.select(Canvas), Canvas, as_of)
    if part is not None:
        query = query.where(Canvas.part == part)
    return frame(journal, query.order_by(Canvas.id))


def cards(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a champion's title (known on `as_of`), the last version of its card: the columns of tables.Card."""
    return in_effect(journal, Card, as_of)


def vote(
    engine: sa.Engine, function: str, person: str, dimension: str, segment: str, reasons: str, who: str, today: date
) -> int:
    """Keeps the best-fit segment that one person names for a function, in place of what they named before; its number.

    who  who wrote it down, the person or somebody else
    """
    if function not in FUNCTIONS:
        raise Refused(f"a function is one of {', '.join(FUNCTIONS)}, not {function!r}")
    refuse_blank(person=person, segment=segment, reasons=reasons, who=who)
    row = {"function": function, "person": person.strip(), "dimension": dimension, "segment": segment,
           "reasons": reasons.strip(), "who": who.strip(), "on": today, "gone": False}  # fmt: skip
    key = {"function": function, "person": row["person"]}
    with writing(engine) as journal:
        last = last_of(journal, Vote, key)
        return written(journal, Vote, row, "vote", None if last is None else int(last["id"]), key)


def keep_canvas(
    engine: sa.Engine,
    part: str,
    text: str,
    evidence: Sequence[Mapping[str, Any]],
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Keeps a new version of a part of the canvas; its version number.

    evidence  what the data offered for it, a row each, as JSON
    saw       the version its author looked at, None where the part was empty

    Raises Refused for words that are missing, and for a version that is not the last.
    """
    if part not in PARTS:
        raise Refused(f"a part of the canvas is one of {', '.join(PARTS)}, not {part!r}")
    refuse_blank(text=text, who=who)
    row = {"part": part, "text": text.strip(), "evidence": plain(list(evidence)), "who": who.strip(), "on": today,
           "gone": False}  # fmt: skip
    return next_row(engine, Canvas, ("part",), row, saw, f"the canvas' {part}", "canvas")


def keep_card(
    engine: sa.Engine,
    title: str,
    answers: Sequence[Mapping[str, str]],
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Keeps a new version of a champion's card; its version number.

    title    the champion's
    answers  [{"to": who asks, "must_answer": what}, ...], at least one
    saw      the version its author looked at, None where there was none

    Raises Refused for words that are missing, and for a version that is not the last.
    """
    refuse_blank(title=title, who=who)
    told = [{"to": one.get("to", "").strip(), "must_answer": one.get("must_answer", "").strip()} for one in answers]
    if not told or not all(one["to"] and one["must_answer"] for one in told):
        raise Refused("a champion's card says what must be answered to whom; give it at least one of both")
    row = {"title": title.strip(), "answers": told, "who": who.strip(), "on": today, "gone": False}
    return next_row(engine, Card, ("title",), row, saw, f"the card of {title.strip()}", "card")
