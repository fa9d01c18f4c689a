"""What is said of what people decided: who and when, promised and delivered, what is left outside."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gtm_metrics.words import decided

SINCE = date(2026, 8, 3)


def decision(kind="tighten", **other):
    """A row of the journal."""
    return {
        "kind": kind, "dimension": "industry", "segment": "DTC", "who": "Anna *Vo*", "why": "They pay and stay.",
        "decided_at": pd.Timestamp("2026-11-16"), "review_on": pd.Timestamp("2027-02-01"), **other,
    }  # fmt: skip


def test_journal_lines_name_who_when_why_and_the_review():
    """A decision is one line; names stay names; a review is told when it is due and not before."""
    line = decided.decision_line(decision())
    assert line == "16 Nov 2026: Tighten on DTC (Anna \\*Vo\\*): They pay and stay. Review on 1 Feb 2027."
    assert decided.decision_line(decision("loose", segment="", review_on=None), False).startswith(
        "16 Nov 2026: Stay loose ("
    )
    assert decided.due(decision(), date(2027, 1, 31)) == ""
    assert decided.due(decision(), date(2027, 2, 1)) == "The review of this decision was set for 1 Feb 2027."
    assert decided.due(decision(review_on=pd.NaT), date(2030, 1, 1)) == ""


def test_promised_against_delivered_counts_the_kept():
    """The sentence names what fell short, says how many were kept, and nothing before anything came."""

    def frame(**standings):
        return pd.DataFrame({"metric": list(standings), "standing": list(standings.values())})

    short = frame(response_rate="short", churn="kept", won_in_time="")
    assert decided.promised(short, SINCE) == "Since 3 Aug 2026: response short of the promise, 1 of 2 kept."
    assert decided.promised(frame(churn="kept", won_in_time="better"), SINCE).endswith("both promises kept so far.")
    assert "too early" in decided.promised(frame(churn=""), SINCE)


def test_what_is_left_outside_is_told_and_guarded():
    """Enough outside is told as what the comparison rests on; too little warns."""
    assert decided.left_outside(259, 41).startswith("41 accounts a week (14\u00a0%) are still first touched outside it")
    assert decided.left_outside(300, 5).startswith("Only 5 accounts a week")
    assert "nothing to compare" in decided.left_outside(0, 0)
