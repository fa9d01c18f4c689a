"""The verdict over all watched dimensions: which kind, about whom, and what a small company is told."""

import pandas as pd
import pytest
from signal_market import MONDAY, TWO, decisions_of, judge_market, refresh_weeks, registry_of, steady

from benchmarks.signal.simulate import Market
from gtm_metrics.signal import judged, verdict_of

LEVEL = dict.fromkeys("abcde", 6)
WINNER = {**LEVEL, "a": 12}


def verdict_after(successes, weeks=40, decisions=None, change=None, metrics=TWO, thesis=None):
    refreshes = refresh_weeks(weeks)
    frozen = steady(successes, 60, weeks, metrics)
    if change is not None:
        segment, first, count = change
        later = (frozen["segment"] == segment) & (frozen["week"] >= MONDAY + pd.Timedelta(weeks=first))
        frozen.loc[later, "successes"] = count
    registry = registry_of(list(successes), refreshes[0], thesis=[name == thesis for name in successes])
    return judged(frozen, registry, metrics, refreshes, decisions=decisions)


def test_level_segments_are_loose():
    """Nobody stands out: loose, about nobody, with the wait of the one that would be known first."""
    verdict = verdict_of(verdict_after(LEVEL))
    assert (verdict.kind, verdict.segment, verdict.since, verdict.others) == ("loose", None, None, ())
    assert verdict.wait > 0
    assert verdict.small is None
    assert (verdict.k, verdict.luck) == (5, pytest.approx(0.10))


def test_a_young_company_is_too_early_and_hears_when_it_is_not():
    """After four refreshes it is too early for everybody; four more columns are missing."""
    verdict = verdict_of(verdict_after(LEVEL, weeks=4))
    assert (verdict.kind, verdict.enough_in) == ("too_early", 4)


def test_a_proven_segment_is_named_with_what_carries_it():
    """Tighten, on a, since the week it was first said, as of that week's Sunday."""
    result = verdict_after(WINNER)
    verdict = verdict_of(result)
    assert (verdict.kind, verdict.dimension, verdict.segment) == ("tighten", "industry", "a")
    assert set(verdict.carrying) == {"response_rate", "calls_to_understanding"}
    rows = result.verdicts[(result.verdicts["segment"] == "a") & (result.verdicts["state"] == "tighten now")]
    assert pd.Timestamp(verdict.since) == rows["week"].min()
    assert (verdict.as_of - verdict.week).days == 6
    assert verdict.wait is None


def test_the_verdict_of_a_past_week_is_what_it_was():
    """Asked for an earlier week it says what that week said; a week that was not judged is refused."""
    result = verdict_after(WINNER)
    past = verdict_of(result, result.weeks[5])
    assert past == verdict_of(verdict_after(WINNER, weeks=6))
    with pytest.raises(KeyError, match="no refresh week"):
        verdict_of(result, "2020-01-06")


def test_a_decision_comes_before_what_is_proven_elsewhere():
    """Tightened on b while a is proven: the title is about b, a stands among the others."""
    weeks = refresh_weeks(40)
    verdict = verdict_of(verdict_after(WINNER, decisions=decisions_of(("tighten", "b", weeks[36]))))
    assert (verdict.kind, verdict.segment) == ("tightened", "b")
    assert verdict.others == (("industry", "a", "tighten now"),)


def test_a_lost_lead_comes_first_when_it_was_acted_on():
    """Tightened on a, then its lead goes: lead_lost. Had nobody acted, a newly proven b would come first."""
    weeks = refresh_weeks(120)
    acted = verdict_after(WINNER, 120, decisions_of(("tighten", "a", weeks[30])), change=("a", 40, 4))
    assert (verdict_of(acted).kind, verdict_of(acted).segment) == ("lead_lost", "a")
    idle = verdict_after({**WINNER, "b": 10}, 120, change=("a", 40, 3))
    verdict = verdict_of(idle)
    assert (verdict.kind, verdict.segment) == ("tighten", "b")
    assert ("industry", "a", "reopened") in verdict.others


@pytest.mark.parametrize(
    ("successes", "standing"), [(LEVEL, "level"), ({**LEVEL, "b": 12}, "ahead"), (WINNER, "behind")]
)
def test_the_thesis_is_told_with_how_it_stands(successes, standing):
    """Named in advance it is in every verdict: level with the rest, ahead, or behind when another has won."""
    verdict = verdict_of(verdict_after(successes, thesis="b"))
    assert (verdict.thesis.segment, verdict.thesis.standing) == ("b", standing)
    assert verdict.thesis.threshold == pytest.approx(20)


def test_a_small_company_hears_what_cannot_be_known_and_what_would_help():
    """No countdown; instead the wait in words, levers with waits, a priced leaning, the test that would settle it."""
    verdict = verdict_of(judge_market(Market(("tiny",) * 4, 80), 7))
    assert verdict.wait is None
    small = verdict.small
    assert "weeks to prove" in small.why
    assert [lever.segments for lever in small.levers] == [2, 3, None]
    assert small.levers[0].weeks > 104
    assert small.touches_per_arm > 100
    if small.leaning is not None:
        assert small.leaning.one_in > small.leaning.one_in_of_all >= 1


def test_two_dimensions_give_one_verdict():
    """The title is over all watched dimensions and names its own; K counts them together."""
    refreshes = refresh_weeks(40)
    industry, team = steady(LEVEL, 60, 40), steady(WINNER, 60, 40).assign(dimension="team")
    registry = registry_of([*LEVEL, *LEVEL], refreshes[0], dimension=["industry"] * 5 + ["team"] * 5)
    verdict = verdict_of(judged(pd.concat([industry, team]), registry, TWO, refreshes))
    assert (verdict.kind, verdict.dimension, verdict.segment, verdict.k) == ("tighten", "team", "a", 10)


def test_a_later_batch_raises_the_luck_on_screen():
    """With a second batch the chance of ever naming a wrong segment is told as 0.15."""
    refreshes = refresh_weeks(20)
    registry = registry_of(list(LEVEL), refreshes[0])
    registry.loc[4, ["first_week", "batch"]] = (refreshes[10], 2)
    result = judged(steady(LEVEL, 60, 20), registry, TWO, refreshes)
    assert verdict_of(result).luck == result.luck == pytest.approx(0.15)
    assert verdict_of(result, refreshes[5]).luck == pytest.approx(0.10)
