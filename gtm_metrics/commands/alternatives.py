"""Alternatives without a browser: gtm-metrics alternatives.

Exit codes as everywhere: 0 fine (also too early), 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics import alternatives, measures
from gtm_metrics.commands.asking import opened, through_of, weeks_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.question import Question

FINE = 0


def add_alternatives(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser."""
    text = "won, lost and no decision against each alternative, the status quo included"
    sub = command("alternatives", _alternatives, text)
    sub.add_argument("--by", action="append", default=[], metavar="DIM", help="dimension; give it twice to cross two")
    sub.add_argument("--weeks", type=weeks_of, default=13, metavar="N|all", help="closed weeks (default 13)")


def _alternatives(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints a row an alternative, over all and by segment."""
    warehouse = opened(company, today)
    through = through_of(warehouse, as_of)
    try:
        question = Question(through, tuple(options.by), None, options.weeks)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    found = measures.against(warehouse, company, question)
    if found.why:
        tell(f"nothing to set side by side: {found.why}")
        show(pd.DataFrame(columns=["dimension", *alternatives.COLUMNS], dtype=object), options.format)
        return FINE
    rows: Any = alternatives.alternatives(alternatives.named(found.frame, company.status_quo), company.minimum_trials)
    rows.insert(0, "dimension", question.dimension or None)
    show(rows, options.format)
    return FINE
