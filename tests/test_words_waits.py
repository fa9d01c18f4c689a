"""What is said of evidence, of what is missing and of waits: odds, gates, weeks to go, small companies."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pandas as pd
import pytest

from gtm_metrics.metrics import metric_named
from gtm_metrics.signal import Leaning, Lever, Rules
from gtm_metrics.signal.waits import why_not
from gtm_metrics.words import evidence, explained, gates, small

SINCE = date(2026, 8, 3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "nothing so far"),
        (0.1, "nothing so far"),
        (3.4, "3 to 1"),
        (234, "230 to 1"),
        (12_345, "12,000 to 1"),
        (1e9, "over a million to 1"),
    ],
)
def test_odds_have_two_figures(value, said):
    """An e-value is told as the odds it pays; below even odds there is nothing to tell."""
    assert evidence.odds(math.log(value)) == said


def test_missing_evidence_is_not_nothing_won():
    """None and NaN read as nothing so far, and a pace that cannot be told says why."""
    assert evidence.odds(None) == evidence.odds(math.nan) == "nothing so far"
    stuck = {"weeks_to_decide": None, "why_not_decidable": "One metric is connected; a decision needs two that agree"}
    assert gates.pace(stuck) == "One measure is connected; a decision needs two that agree."
    assert gates.pace({"weeks_to_decide": 12.1, "why_not_decidable": ""}).endswith("in about 13 weeks.")


def test_nobody_counts_a_thousand_weeks_down():
    """A wait over two years is told as that, whichever way the judge words it, and measures have the names one says."""
    why = why_not(1019.0, [0.1, 0.2], ["Response rate", "Churn"], Rules())
    assert small.cannot_know(why) == "At this volume a lead of 1.5 times the odds takes over two years to prove."
    assert gates.pace({"weeks_to_decide": None, "why_not_decidable": why}) == small.cannot_know(why)
    just = why_not(104.3, [0.1, 0.2], ["Response rate", "Churn"], Rules())
    assert small.cannot_know(just) == small.cannot_know(why)
    silent = why_not(9.0, [0.0, 0.2], ["Won in time", "Monthly churn"], Rules())
    assert small.cannot_know(silent) == (
        "Fewer than two measures have successes to compare; none yet on deals won in time."
    )


def test_gates_are_told_with_the_names_one_says_and_an_account_by_its_own():
    """Labels lose their capitals inside a sentence, metrics are measures; an account called like a label stays it."""
    told = {
        "Led on Calls to understanding in 11 of the last 12 periods of 4 weeks; 8 are needed":
            "Led on calls to understanding in 11 of the last 12 periods of 4 weeks; 8 are needed",
        "Ahead on 2 of 4 metrics with enough successes, not on Reached an opportunity, Advanced":
            "Ahead on 2 of 4 measures with enough successes, not on reaching an opportunity, advancing",
        "A lead of 1.10 times or more on 2 metrics (Won in time, Monthly churn); 2 are needed":
            "A lead of 1.10 times or more on 2 measures (deals won in time, churn); 2 are needed",
        "Without A-7 the evidence stays at 3,300 to 1; 10 is needed":
            "Without Advanced metrics, Inc. the evidence stays at 3,300 to 1; 10 is needed",
    }  # fmt: skip
    for odds in ("2e+10", "1,000,000", "3,400,000,000"):
        huge = gates.said(f"Without A-7 the evidence stays at {odds} to 1; 10 is needed")
        assert huge == "Without A-7 the evidence stays at over a million to 1; 10 is needed"
    for written, wanted in told.items():
        assert gates.said(written, names={"A-7": "Advanced metrics, Inc."}) == wanted
    for reason, account in ((list(told)[-1], "A-7"), ("No rows of its accounts are kept yet", None)):
        assert gates.best_account({"gates": {"without_top_account": {"reason": reason}}}) == account


def test_what_is_missing_is_told_in_weeks_and_trials():
    """The wait at the segment's own pace, rounded up, for every measure that has one; no wait, nothing said."""
    here = {"segment": "DTC", "weeks_to_decide": 12.2}
    paces = pd.DataFrame({"metric": ["response_rate", "won_in_time", "churn"], "trials": [11.5, 0.0, 90.0]})
    text = explained.missing(here, paces)
    assert text.startswith("About **13 weeks** more at its own pace, which is 150 accounts contacted and 1,170 ")
    assert explained.missing({**here, "weeks_to_decide": None}, paces) == ""


def test_a_leaning_is_priced_and_never_a_verdict():
    """Both prices stand in it, it has no colour, and where luck does as much it leans towards nobody."""
    said = small.leaning(Leaning("industry", "DTC", 23.4, 3.2, 8))
    assert (
        "the luckiest of 8 equal segments would get this far 1 time in 3 (one picked in advance 1 time in 23)" in said
    )
    assert "not to decide" in said
    assert "green" not in said
    assert small.leaning(Leaning("industry", "DTC", 8, 1.2, 8)).startswith("The counts lean towards nobody")


def test_small_companies_are_told_their_levers_and_never_a_countdown_of_years():
    """Waits are weeks, then months, then over two years; a lever out of reach says so."""
    assert [small.wait(w) for w in (0.2, 9.1, 60, 200, None)] == [
        "1 week", "10 weeks", "about 14 months", "over two years", "out of reach",
    ]  # fmt: skip
    assert small.lever_name(Lever("merge segments", 20, 3)) == "Merge to 3 segments"
    assert small.lever_name(Lever("name a thesis", 20)) == "Name one segment in advance"
    assert small.cannot_know("").startswith("At this volume")
    test = small.settling_test(1500, 60, "DTC", 1.5, 0.8)
    assert "**1,500 accounts** of DTC and as many others" in test
    other = small.settling_test(700, 60, "DTC", 2.0, 0.9)
    assert "finds a lead of 2 times the odds in 90 of 100 tries" in other
    assert test.endswith("At 60 first touches a week that is 50 weeks.")
    assert "cannot be said" in small.settling_test(None, 60, "DTC", 1.5, 0.8)


def test_the_strip_is_told_metric_by_metric():
    """The alternative of the strip holds every count and the weeks behind by date."""
    weeks = [SINCE + timedelta(weeks=i) for i in range(3)]
    frame = pd.DataFrame({"metric": "churn", "week": weeks, "standing": ["ahead", "behind", "none"]})
    said = evidence.stages_described(frame, {"churn": (1, 3)})
    assert said.endswith("churn: ahead 1, behind 1, no data 1 (behind in the weeks of 10 Aug 2026).")
    assert evidence.stages_title({"churn": (9, 14), "won_in_time": (22, 26)}).endswith(
        "churn 9 of 14, close 22 of 26 weeks"
    )


def test_every_evidence_metric_has_one_word():
    """Each metric evidence may be taken from has its short word; any other its label."""
    for name in ("response_rate", "calls_to_understanding", "won_in_time", "churn", "reached_opportunity", "advanced"):
        assert " " not in evidence.short(name)
    assert evidence.good_above_one(metric_named("calls_to_understanding"))
    assert not evidence.good_above_one(metric_named("churn"))
