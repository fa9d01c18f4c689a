"""The dilution alarm and what moved since a decision: kept promises, planted drifts found, worked numbers."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from gtm_metrics.charts.drifting import drifting
from gtm_metrics.charts.palette import palette
from gtm_metrics.evidence import log_share_drift, share_dispersion
from gtm_metrics.funnel import mix_or_rate
from gtm_metrics.metrics import METRICS
from gtm_metrics.question import Question, Tally
from gtm_metrics.tightening import PROMISE, drifts, running, standing, watched_from, worked
from gtm_metrics.words import tightening as said

ON = date(2025, 1, 8)
BEFORE, SINCE = 52, 104
PACE = {"touches": 60.0, "opened": 12.0, "wins": 3.0}
RESPONSE, CLOSE = METRICS[0], METRICS[2]


def company(seed: int, since: list[float], sd: float = 0.0, lasting: float = 0.0) -> pd.DataFrame:
    """what | week | total | outside of a company whose share outside was 60 % before, and `since` week by week after.

    sd, lasting   the luck of weeks on the log odds, and how much of one week's is left in the next
    """
    rng = np.random.default_rng(seed)
    share = np.array([0.6] * BEFORE + [0.3] + since)
    weeks = [pd.Timestamp(watched_from(ON) + timedelta(weeks=i)) for i in range(len(share))]
    parts = []
    for what, pace in PACE.items():
        luck = np.zeros(len(share))
        for week, drawn in enumerate(rng.normal(0, sd, len(share))):
            luck[week] = drawn if week == 0 else lasting * luck[week - 1] + math.sqrt(1 - lasting**2) * drawn
        total = rng.poisson(pace, len(share))
        chance = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + luck)))
        outside = rng.binomial(total, chance)
        parts.append(pd.DataFrame({"what": what, "week": weeks, "total": total, "outside": outside}))
    return pd.concat(parts, ignore_index=True).astype({"total": float, "outside": float})


def rang(work: pd.DataFrame) -> list[date]:
    """The weeks in which the kinds of work rang first."""
    return [each.rang for each in drifts(work, ON) if each.rang]


@pytest.mark.parametrize(("sd", "lasting"), [(0.0, 0.0), (0.2, 0.8)])
def test_where_nothing_drifts_it_rings_for_at_most_one_company_in_twenty(sd, lasting):
    """Over two years and all kinds of work, whether the work tightened or not; luck of a fifth that lasts included."""
    for since in (0.6, 0.3):
        false = sum(bool(rang(company(seed, [since] * SINCE, sd, lasting))) for seed in range(40))
        assert false <= 40 * PROMISE, (since, false)


def test_a_planted_drift_rings_within_a_quarter():
    """Forty weeks after the decision the share outside goes from 30 % back to 50 %: at 60 first touches a week it rings
    in every company, half of them within 6 weeks, nearly all within 13."""
    late = []
    for seed in range(20):
        found = drifts(company(seed, [0.3] * 40 + [0.5] * 30), ON)[0]
        assert found.what == "touches"
        assert found.rings
        assert found.rang is not None
        late.append((found.rang - ON).days // 7 - 40)
    assert min(late) >= 0
    assert np.median(late) <= 6
    assert np.quantile(late, 0.9) <= 13


def test_work_that_never_tightened_and_grew_elsewhere_rings_against_the_day():
    """The share outside rose from 60 to 80 % at once: the first 13 weeks are no excuse."""
    found = drifts(company(1, [0.8] * 12), ON)[0]
    assert (found.settled, found.rings) == (None, True)
    assert found.base == found.before
    assert "in the half year before 8 Jan 2025" in said.drifting([found], "Retail", ON)


def test_an_alarm_ends_when_the_work_comes_back():
    """A drift that rang and was mended rings no longer, and is remembered."""
    found = drifts(company(3, [0.3] * 20 + [0.6] * 20 + [0.3] * 20), ON)[0]
    assert found.rang is not None
    assert (found.rings, found.since) == (False, None)
    assert said.drifting([found], "Retail", ON).startswith("Holding again: first touches rang from ")


def test_what_comes_later_changes_nothing_before():
    """The evidence of a week rests on it and those before."""
    x, n = np.array([3, 5, 9, 9.0]), np.array([10, 10, 10, 10.0])
    whole = log_share_drift(x, n, [30, 31], [100, 100], 0.01)
    for week in range(1, 4):
        assert log_share_drift(x[:week], n[:week], [30, 31], [100, 100], 0.01) == pytest.approx(whole[:week])


def test_evidence_pays_no_more_than_it_costs_on_average():
    """Drawn with the share it had before, E has mean at most 1 after every week, whatever share that is."""
    for share in (0.1, 0.5, 0.8):
        rng = np.random.default_rng(5)
        paid = []
        for _ in range(300):
            before, since = rng.binomial(20, share, 13), rng.binomial(20, share, 6)
            paid.append(np.exp(log_share_drift(since, [20] * 6, before, [20] * 13, 0.0)))
        assert (np.mean(paid, axis=0) <= 1).all()


def test_luck_of_weeks_is_learned_from_the_weeks_before():
    """Planted luck of sd 0.3 on the log odds is found within a third; no extra luck gives the floor."""
    rng = np.random.default_rng(2)
    luck = rng.normal(0, 0.3, 400)
    n = np.full(400, 200)
    assert share_dispersion(rng.binomial(n, 1 / (1 + np.exp(-luck))), n) == pytest.approx(0.09, rel=1 / 3)
    assert share_dispersion(np.full(20, 50), np.full(20, 100)) == pytest.approx(0.01)
    assert share_dispersion([], []) == share_dispersion([0, 0], [0, 0]) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="larger than its whole"):
        share_dispersion([3], [2])
    with pytest.raises(ValueError, match="variance"):
        log_share_drift([1], [2], [1], [2], -1.0)


def test_without_weeks_or_work_nothing_is_claimed():
    """On the day of the decision there is no share since, and a kind without work has none either."""
    fresh = drifts(company(1, []), ON)
    assert [(each.weeks, each.lately, each.log_e, each.rings) for each in fresh] == [(0, None, 0.0, False)] * 3
    assert said.drifting(fresh, "Retail", ON) == "The dilution alarm begins with the first whole week after 8 Jan 2025."
    empty = company(1, [0.3] * 20).assign(total=0.0, outside=0.0)
    assert [(each.base, each.lately, each.rings) for each in drifts(empty, ON)] == [(None, None, False)] * 3
    assert "nothing to watch" in said.drifting([], "Retail", ON)


def test_an_amount_is_shown_and_never_tested():
    """The pipeline's share of money stands beside; it neither rings nor has evidence."""
    weeks = [pd.Timestamp(watched_from(ON) + timedelta(weeks=i)) for i in range(BEFORE + 30)]
    outside = [100.0] * BEFORE + [900.0] * 30
    money = pd.DataFrame({"what": "pipeline", "week": weeks, "total": 1000.0, "outside": outside})
    (found,) = drifts(money, ON)
    assert (found.log_e, found.rings, found.before, found.lately) == (None, False, 0.1, 0.9)


def test_the_decision_that_stands_is_the_last_to_tighten_until_people_go_back():
    """Loose on everyone or on the segment ends it; loose on another does not; a thesis is no decision to tighten."""

    def decided(*lines):
        rows = [{"kind": kind, "dimension": "industry" if name else "", "segment": name} for kind, name in lines]
        found = standing(pd.DataFrame(rows, columns=["kind", "dimension", "segment"]))
        return found and found["segment"]

    assert decided() is None
    assert decided(("thesis", "A")) is None
    assert decided(("tighten", "A"), ("tighten", "B"), ("loose", "A")) == "B"
    assert decided(("tighten", "A"), ("loose", "")) is None
    assert decided(("tighten", "A"), ("loose", "A")) is None
    assert decided(("tighten", "A"), ("loose", "A"), ("tighten", "A")) == "A"


def tally(metric, **counts: tuple[int, int]) -> Tally:
    """A tally by industry: segment=(successes, trials), all in one closed week."""
    week = date(2025, 6, 2)
    rows = [(metric.name, name, pd.Timestamp(week), "", n, x) for name, (x, n) in counts.items()]
    frame = pd.DataFrame(rows, columns=["metric", "segment", "week", "band", "trials", "successes"])
    return Tally(metric.name, Question(date(2025, 7, 1), ("industry",)), frame, "ok", "", week, week, None)


def test_what_moved_is_held_against_everyone_else():
    """The segment went from 20 to 40 of 100 while the rest went from 40 to 60 of 200: its odds grew 2.667 times, theirs
    1.714 times; beside that it is 1.55 times, and luck spans 1."""
    before = tally(CLOSE, A=(20, 100), B=(20, 100), C=(20, 100))
    since = tally(CLOSE, A=(40, 100), B=(30, 100), C=(30, 100))
    mine, rest = worked(before, since, CLOSE, "A").to_dict("records")
    odds = [(x + 0.5) / (n - x + 0.5) for x, n in ((40, 100), (20, 100), (60, 200), (40, 200))]
    assert mine["moved"] == pytest.approx(odds[0] / odds[1] / (odds[2] / odds[3]))
    assert mine["moved_low"] < 1 < mine["moved_high"]
    assert (mine["standing"], mine["before"], mine["since"]) == ("level", 0.2, 0.4)
    assert (rest["segment"], rest["moved"]) == ("Everyone else", None)
    assert (rest["successes_since"], rest["trials_since"]) == (60, 200)
    assert "moved as everyone else did" in said.did_it_work(worked(before, since, CLOSE, "A"), "A")
    far = worked(before, tally(CLOSE, A=(80, 100), B=(20, 100), C=(20, 100)), CLOSE, "A")
    assert said.did_it_work(far, "A") == "Since the decision A gained on everyone else in close rate."
    back = worked(tally(CLOSE, A=(80, 100), B=(20, 100)), before, CLOSE, "A")
    assert said.did_it_work(back, "A") == "Since the decision A fell back in close rate."


def test_what_is_too_early_keeps_its_counts_and_no_rate():
    """Nine deals since the decision are counted, and nothing is said of them; a segment with none has none."""
    before = tally(CLOSE, A=(20, 100), B=(20, 100))
    mine, rest = worked(before, tally(CLOSE, A=(4, 9), B=(20, 100)), CLOSE, "A").to_dict("records")
    assert (mine["since"], mine["successes_since"], mine["trials_since"], mine["standing"]) == (None, 4, 9, "")
    assert mine["why"] == "9 of 30 decided deals"
    assert rest["since"] == 0.2
    nothing = worked(before, tally(CLOSE), CLOSE, "A")
    assert "cannot be told yet" in said.did_it_work(nothing, "A")
    assert said.mix([mix_or_rate(before, tally(CLOSE), CLOSE)]).endswith("by more than luck explains.")


def test_the_companys_change_is_told_by_mix_and_rate():
    """Nobody answers better than before, but more of those who answer are asked: all of the rise is mix."""
    before, since = tally(RESPONSE, A=(40, 100), B=(90, 900)), tally(RESPONSE, A=(360, 900), B=(10, 100))
    assert said.mix([mix_or_rate(before, since, RESPONSE)]) == (
        "In the whole company response rose by 24.0 points, 24.0 points of it by its mix.")


def drawn(drawing) -> str:
    """All that is in a drawing, apart from the theme, which knows every colour."""
    return json.dumps({name: part for name, part in drawing.spec.items() if name != "config"})


def test_the_drawing_runs_over_the_last_quarter_and_marks_the_decision():
    """A point stands for 13 weeks; the kind that rings is rust, the day of the decision stands in the drawing, and the
    text alternative tells the shares; without 13 weeks a sentence stands there."""
    work = company(1, [0.3] * 40 + [0.6] * 20)
    shares = running(work)
    touches = work[work["what"] == "touches"].reset_index(drop=True)
    first = touches.iloc[:13]
    assert shares["share"][0] == pytest.approx(first["outside"].sum() / first["total"].sum())
    assert len(shares[shares["what"] == "touches"]) == len(touches) - 12
    found = drifts(work, ON)
    drawing = drifting(shares, found, ON)
    written = drawn(drawing)
    assert "decided 8 Jan 2025" in written
    assert palette(False).behind in written
    assert "first touches 61\u00a0% in the half year before, 29\u00a0% in the first 13 weeks since" in drawing.alt
    quiet = company(1, [0.3] * 40)
    assert palette(False).behind not in drawn(drifting(running(quiet), drifts(quiet, ON), ON))
    short = work.groupby("what", sort=False).head(5)
    assert "far enough" in drawn(drifting(running(short), drifts(short, ON), ON))
    assert len(running(work.iloc[:0])) == 0
