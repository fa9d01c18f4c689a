"""What a deck printed, kept: the first printing of a question stands until it is printed anew, and every one stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import Printed
from gtm_metrics.journal.write import append, audited, plain


def printed(journal: sa.Connection, finding: str, filters: Mapping[str, str]) -> dict[str, Any] | None:
    """The slide last printed of a finding under these filters, as it was kept; None where none was."""
    query = sa.select(Printed.slide).where(Printed.asked == _asked(finding, filters))
    found = journal.execute(query.order_by(Printed.version.desc()).limit(1)).scalar()
    return None if found is None else dict(found)


def slides(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a printing (until `as_of`), oldest first: the columns of tables.Printed but for the slide itself."""
    p = Printed
    query = sa.select(p.id, p.asked, p.version, p.finding, p.as_of, p.code_version, p.who, p.on, p.at)
    query = query if as_of is None else query.where(p.on <= as_of)
    return frame(journal, query.order_by(p.id))


def printings(journal: sa.Connection) -> list[tuple[str, dict[str, str]]]:
    """(finding, filters) of every printing, the newest first."""
    found = journal.execute(sa.select(Printed.asked).order_by(Printed.id.desc())).scalars()
    return [(str(finding), dict(filters)) for finding, filters in map(json.loads, found)]


def last_printed(journal: sa.Connection, before: date) -> date | None:
    """The newest as-of day before this one of which a slide was printed; None where there is none."""
    found: date | None = journal.execute(sa.select(sa.func.max(Printed.as_of)).where(Printed.as_of < before)).scalar()
    return found


def keep_slides(
    engine: sa.Engine,
    made: Mapping[str, Mapping[str, Any]],
    filters: Mapping[str, str],
    as_of: date,
    code_version: str,
    who: str,
    today: date,
    anew: bool = False,
) -> None:
    """Keeps slides (finding -> slide) that were printed under these filters.

    Of a finding that is kept already nothing is added, unless `anew`: then the next version is. Of two decks printed
    at once the first one stands.
    """
    with writing(engine) as journal:
        rows = []
        for finding, slide in made.items():
            asked = _asked(finding, filters)
            last = journal.execute(sa.select(sa.func.max(Printed.version)).where(Printed.asked == asked)).scalar() or 0
            if last and not anew:
                continue
            row = {"asked": asked, "version": last + 1, "finding": finding, "as_of": as_of, "slide": plain(slide)}
            rows.append(row | {"code_version": code_version, "who": who, "on": today})
        append(journal, Printed, rows)
        if rows:
            told = {"findings": [row["finding"] for row in rows], "filters": dict(filters), "as_of": as_of}
            audited(journal, who, "printed slides", told)


def _asked(finding: str, filters: Mapping[str, str]) -> str:
    """The question as a text that is the same for the same question."""
    return json.dumps([finding, dict(sorted(filters.items()))], ensure_ascii=False)
