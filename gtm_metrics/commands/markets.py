"""Follow-on markets without a browser: gtm-metrics markets.

Exit codes as everywhere: 0 fine (also where nothing can be ordered), 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from gtm_metrics import journal
from gtm_metrics.commands.asking import journal_of, opened, opened_to_refresh, through_of, weeks_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.follow_on import WEEKS, demand_outside, dimension_of, follow_on, said, set_apart
from gtm_metrics.measures.markets import NoMarkets
from gtm_metrics.question import Question
from gtm_metrics.refresh import refresh
from gtm_metrics.weeks import known_by
from gtm_metrics.words import markets as words
from gtm_metrics.words import plain

FINE = 0

PINS = (
    "order", "rank", "segment", "status", "position", "customers", "market", "share", "share_of", "left", "open_deals",
    "requests", "ease", "benefit", "score", "certainty", "weak", "leadership", "leans_on", "referrals_from", "opens",
)  # fmt: skip
"""What is printed of a pin, in order."""


def add_markets(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser."""
    sub = command("markets", _markets, "which market falls next, and why: pins, scores, ties")
    sub.add_argument("--by", metavar="DIM", help="the dimension whose values are the pins (default the head pin's)")
    sub.add_argument("--weeks", type=weeks_of, default=WEEKS, metavar="N|all", help=f"closed weeks (default {WEEKS})")
    which = sub.add_mutually_exclusive_group()
    which.add_argument("--answers", action="store_true", help="the six questions, a row a pin and number")
    which.add_argument("--demand", action="store_true", help="markets outside the target that start converting")
    which.add_argument("--ties", action="store_true", help="what ties pins to one another, a row a pair")


def _markets(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints the pins in the order they fall, their answers, or their ties; on stderr the sentence why."""
    with journal_of(company) as engine:
        warehouse = opened(company, today) if as_of else opened_to_refresh(company, engine, today, today)
        through = through_of(warehouse, as_of)
        if as_of is None:
            refresh(warehouse, company, engine, today, "command line")
        with journal.reading(engine) as seen:
            known = known_by(through, warehouse.data_through, today)
            told, apart = said(seen, known), set_apart(seen, known)
            outside = demand_outside(seen, company, told, known)
    try:
        question = Question(through, (options.by or dimension_of(warehouse, company, told),), weeks=options.weeks)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    try:
        found = follow_on(warehouse, company, question, told, apart)
    except NoMarkets as nothing:
        tell(str(nothing))
        show(pd.DataFrame(columns=list(PINS), dtype=object), options.format)
        return FINE
    for name, why in found.counted.missing.items():
        tell(f"{name.replace('_', ' ')} cannot be counted: {why}")
    tell(f"{words.title(found.alley, plain)}")
    tell(f"{words.paragraph(found.alley, plain).replace('**', '')}")
    if len(outside):
        tell(f"{words.demand(outside, plain)}")
    rows = found.alley.pins[list(PINS)]
    if options.format == "json":
        rows = rows.assign(answers=rows["segment"].map(partial(_answers, found.alley.answers)))
    if options.answers:
        rows = found.alley.answers
    elif options.demand:
        rows = outside
    elif options.ties:
        rows = found.alley.ties
    rows = rows.assign(dimension=question.dimension, as_of=question.as_of, data_through=warehouse.data_through)
    show(rows, options.format)
    return FINE


def _answers(answers: pd.DataFrame, segment: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The six questions of one pin, as JSON has them: question -> part -> number, n, estimate, status, why."""
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for row in answers[answers["segment"] == segment].to_dict("records"):
        kept = {
            name: row[name] for name in ("number", "n", "estimate", "low", "high", "head_estimate", "status", "why")
        }
        told.setdefault(row["question"], {})[row["part"]] = kept
    return told
