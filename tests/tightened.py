"""What stands behind tightening, asked of a warehouse: every measure of it, of several questions, in one order."""

from __future__ import annotations

from datetime import date

import pandas as pd
from untidy import TODAY

from gtm_metrics.company import Company
from gtm_metrics.measures import Rule, activity, left_to_win, overlaps, referenceable, worked_outside
from gtm_metrics.question import Question
from gtm_metrics.warehouse import Warehouse


def tightened(warehouse: Warehouse, company: Company) -> dict[str, pd.DataFrame]:
    """Accounts left to win, the work, the referenceable and overlaps of a company that `untidy` made."""
    found: dict[str, pd.DataFrame] = {}
    every = Question(TODAY, ("industry",), weeks=None)
    for ask in (every, Question(date(2025, 3, 30), ("region", "pilot"))):
        where = (warehouse, company, ask)
        names = ["segment", "segment_2"][: len(ask.by)]
        found[f"left {ask}"] = left_to_win(*where, ["a_a01"]).frame
        found[f"work {ask}"] = activity(*where).frame.sort_values(["what", *names, "week"], ignore_index=True)
        rules = (Rule("industry", ("software", "health")), Rule("region", ("EU", "(not set)")))
        found[f"outside {ask}"] = worked_outside(*where, rules)
        by_rules = activity(*where, rules).frame
        found[f"by rules {ask}"] = by_rules.sort_values(["what", "segment", "week"], ignore_index=True)
        found[f"named {ask}"] = referenceable(*where).frame
    found["overlap"] = overlaps(warehouse, company, every, ("region", "order", "employees"))
    return found
