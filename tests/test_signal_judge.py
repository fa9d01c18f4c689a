"""From frozen weeks to verdicts: the clock, the comparison periods, who counts from when, decisions."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_market import (
    EVIDENCE,
    MONDAY,
    TWO,
    decisions_of,
    judge_market,
    names,
    refresh_weeks,
    registry_of,
    states_of,
    steady,
)

from benchmarks.signal.simulate import Lead, Market, frozen_cells, simulate
from gtm_metrics.metrics import metric_named
from gtm_metrics.signal import (
    COLUMNS,
    GATES,
    REOPENED,
    TIGHTEN_NOW,
    TIGHTENED,
    WATCH,
    Rules,
    judged,
    lag_weeks,
)
from gtm_metrics.signal.columns import columns_of, stratum_columns

TEN = ("large", "mid", "mid", "mid", "small", "small", "small", "small", "tiny", "tiny")
WINNER = {"a": 12, "b": 6, "c": 6, "d": 6, "e": 6}


def judged_steadily(successes, weeks=40, metrics=TWO, trials=60, **given):
    refreshes = refresh_weeks(weeks)
    frozen = steady(successes, trials, weeks, metrics)
    segments = [name for name in successes if name != "(not set)"]
    return judged(frozen, registry_of(segments, refreshes[0]), metrics, refreshes, **given)


def test_signal_knows_no_warehouse_journal_or_page():
    """Importing the judge brings in neither SQL, Streamlit, charts nor words, nor what takes half a second to load."""
    code = "import sys, gtm_metrics.signal; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "gtm_metrics.evidence" in loaded
    assert not {"sqlalchemy", "streamlit", "altair", "duckdb", "gtm_metrics.words", "gtm_metrics.journal"} & set(loaded)
    assert "scipy.stats" not in loaded


def test_each_metric_runs_on_its_own_clock():
    """Response is counted four weeks after its own week, calls three, churn six, won in time M + 1."""
    lags = [lag_weeks(metric, Rules()) for metric in EVIDENCE]
    assert lags == [4, 3, 14, 6]
    result = judged_steadily(WINNER, weeks=20)
    row = result.verdicts.iloc[-1]
    last_weeks = {name: said["last_week"] for name, said in row["metrics"].items()}
    assert last_weeks == {
        "response_rate": (row["week"] - pd.Timedelta(weeks=4)).date(),
        "calls_to_understanding": (row["week"] - pd.Timedelta(weeks=3)).date(),
    }


@pytest.mark.parametrize(("trials", "period"), [(10, 1), (9, 4), (3, 4), (2, 13)])
def test_a_comparison_period_is_the_shortest_that_keeps_nine_tenths_of_the_evidence(trials, period):
    """(N - 1) / N of it is kept among N trials: of 10 a week nine tenths; of 9 or 3 a week in four weeks, of 2 a week
    in thirteen."""
    n = np.zeros((3, 52, 1))
    n[0, :, 0], n[1, :, 0] = trials - 1, 1
    assert stratum_columns(n, Rules()) == period


def test_the_fewest_trials_get_the_longest_comparison_period_and_none_at_all_the_shortest():
    """One trial in eight weeks cannot keep nine tenths in a quarter; without a trial there is nothing to lose."""
    n = np.zeros((2, 26, 1))
    assert stratum_columns(n, Rules()) == 1
    n[0, ::8] = 1
    assert stratum_columns(n, Rules()) == 13


def test_bands_are_compared_apart_and_need_trials_each():
    """12 trials a week fill a week; spread over four bands they need four."""
    n = np.full((2, 26, 1), 6.0)
    assert stratum_columns(n, Rules()) == 1
    assert stratum_columns(np.full((2, 26, 4), 1.5), Rules()) == 4


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_comparison_period_is_chosen_without_a_look_at_successes(seed):
    """Whatever the successes, the same trials give the same period: it cannot favour anyone."""
    rng = np.random.default_rng(seed)
    frozen = steady({"a": 0, "b": 0, "c": 0}, 1, 26, TWO[:1])
    frozen["trials"] = rng.integers(0, 12, len(frozen))
    other = frozen.assign(successes=rng.binomial(frozen["trials"], 0.5))
    refreshes = refresh_weeks(40)
    registry = registry_of(["a", "b", "c"], refreshes[0])
    periods = {columns_of(one, registry, TWO[:1], refreshes, Rules())[0].metrics[0].stratum for one in (frozen, other)}
    assert len(periods) == 1


def test_comparison_periods_are_fixed_by_what_registration_could_see():
    """Weeks after the registration do not change them, however rich they are."""
    refreshes = refresh_weeks(40)
    frozen = steady({"a": 0, "b": 0, "c": 0}, 50, 36, TWO[:1])
    frozen.loc[frozen["week"] < MONDAY + pd.Timedelta(weeks=10), "trials"] = 1
    registry = registry_of(["a", "b", "c"], refreshes[0], registered_week=refreshes[8])
    early = columns_of(frozen, registry, TWO[:1], refreshes, Rules())[0].metrics[0].stratum
    late = columns_of(frozen, registry.assign(registered_week=refreshes[39]), TWO[:1], refreshes, Rules())
    assert (early, late[0].metrics[0].stratum) == (4, 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_later_weeks_never_change_earlier_verdicts(seed):
    """Judged over 60 weeks, the first 40 weeks' rows are those judged over 40, decisions and late segments included."""
    market = Market(TEN, 70, leads=(Lead(0, 2.5), Lead(2, 2.0, last=25)), luck_sd=0.1, luck_ar=0.5)
    cells = frozen_cells(simulate(market, np.random.default_rng(seed)), MONDAY)
    weeks = refresh_weeks(60)
    registry = registry_of(names(10), weeks[0])
    registry.loc[5:6, ["first_week", "batch", "k"]] = (weeks[20], 2, 12)
    decisions = decisions_of(("tighten", "s02", weeks[30]), ("tighten", "s04", weeks[50]), ("loose", "s02", weeks[45]))
    short = judged(cells, registry, EVIDENCE, weeks[:40], decisions=decisions).verdicts
    full = judged(cells, registry, EVIDENCE, weeks, decisions=decisions).verdicts
    told_once = [name for name in COLUMNS if name not in ("gates", "metrics", "weeks_to_decide", "why_not_decidable")]
    first_40 = full[full["week"] <= weeks[39]]
    pd.testing.assert_frame_equal(short[told_once], first_40[told_once].reset_index(drop=True), check_exact=True)
    assert {TIGHTEN_NOW, TIGHTENED} <= set(short["state"])


def test_details_of_a_past_week_are_those_told_then():
    """Gates, metrics and waits of week 40 asked for later are those of the judgement that ended there."""
    market = Market(TEN, 60, leads=(Lead(0, 2.0),))
    then = judge_market(market, 3, refreshes=40)
    later = judge_market(market, 3, refreshes=60)
    last = then.verdicts[then.verdicts["week"] == pd.Timestamp(then.weeks[-1])].reset_index(drop=True)
    again = later.at(then.weeks[-1])
    for name in ("gates", "weeks_to_decide", "why_not_decidable", "state"):
        assert last[name].tolist() == again[name].tolist(), name
    for one, other in zip(last["metrics"], again["metrics"], strict=True):
        assert list(one) == list(other)
        for metric in one:
            ratio, same = one[metric].pop("odds_ratio"), other[metric].pop("odds_ratio")
            assert one[metric] == other[metric]
            assert list(ratio.values()) == pytest.approx(list(same.values()))
    with pytest.raises(KeyError, match="no refresh week"):
        later.at("2020-01-06")


def test_not_set_is_in_the_rest_and_never_a_winner():
    """A lead of "(not set)" has no row, no place in K, and still weighs on everybody else."""
    result = judged_steadily({"a": 6, "b": 6, "c": 6, "d": 6, "(not set)": 14})
    assert "(not set)" not in set(result.verdicts["segment"])
    assert result.k == 4
    level = judged_steadily({"a": 6, "b": 6, "c": 6, "d": 6, "(not set)": 6})
    behind, even = (one.verdicts.iloc[-1]["metrics"]["response_rate"]["log_e_worse"] for one in (result, level))
    assert behind > even


def test_a_planted_lead_is_proven_with_every_gate():
    """Twice the successes on both metrics, week after week: tighten now, all gates passed, carried by both."""
    result = judged_steadily(WINNER)
    last = result.verdicts[result.verdicts["segment"] == "a"].iloc[-1]
    assert last["state"] == TIGHTEN_NOW
    assert list(last["gates"]) == list(GATES)
    assert all(gate["passed"] for gate in last["gates"].values())
    assert set(last["carrying"]) == {"response_rate", "calls_to_understanding"}
    assert last["threshold"] == pytest.approx(5 / 0.10)
    odds = last["metrics"]["response_rate"]["odds_ratio"]
    # the odds of 12 in 60 beside those of 6 in 60: (12 / 48) / (6 / 54)
    assert odds["estimate"] == pytest.approx(2.25, rel=0.01)
    assert odds["low"] < 2.25 < odds["high"]
    assert last["metrics"]["response_rate"]["rate_ratio"] == pytest.approx(2.0)


def test_a_segment_is_too_early_for_its_first_eight_weeks():
    """However large the lead, before eight columns with data there is not enough to judge."""
    states = states_of(judged_steadily(WINNER).verdicts, "a")
    assert states[:7] == ["insufficient data"] * 7
    assert "insufficient data" not in states[8:]


def test_a_metric_without_data_stands_in_the_mean_with_evidence_of_one():
    """M is fixed at registration: a third metric that has no cells yet takes log 3 - log 2 from the mean."""
    metrics = (*TWO, metric_named("churn"))
    refreshes = refresh_weeks(40)
    frozen = steady(WINNER, 60, 40, TWO)
    both, three = (
        judged(frozen, registry_of(list(WINNER), refreshes[0]), chosen, refreshes).verdicts.iloc[-5]
        for chosen in (TWO, metrics)
    )
    assert three["metrics"]["churn"]["log_e_better"] == 0.0
    # at least one: mean of three with one e-value of 1; at least two: mean of the two smallest, one of them 1
    e_any = (2 * np.exp(both["log_e_any"]) + 1) / 3
    assert three["log_e_any"] == pytest.approx(np.log(e_any))
    assert three["log_e_two"] == pytest.approx(np.log((np.exp(both["log_e_two"]) + 1) / 2))


def test_with_one_metric_the_answer_is_at_most_watch():
    """One connected metric cannot agree with another, and the row says so."""
    result = judged_steadily(WINNER, weeks=60, metrics=TWO[:1])
    assert set(states_of(result.verdicts, "a")) == {"insufficient data", WATCH}
    last = result.verdicts.iloc[-1]
    assert np.isnan(last["log_e_two"])
    assert "needs two" in last["why_not_decidable"]


def test_a_segment_added_later_counts_from_its_first_week():
    """What it did before weighs on the others' rest and is no evidence of its own; its batch doubles the threshold."""
    refreshes = refresh_weeks(50)
    frozen = steady(WINNER, 60, 50)
    registry = registry_of(list(WINNER), refreshes[0])
    registry.loc[registry["segment"] == "a", ["first_week", "batch", "k"]] = (refreshes[20], 2, 5)
    before = frozen["week"] < MONDAY + pd.Timedelta(weeks=16)
    other_past = frozen.copy()
    other_past.loc[before & (frozen["segment"] == "a"), "successes"] = 6
    one, two = (judged(cells, registry, TWO, refreshes).verdicts for cells in (frozen, other_past))
    a, a_again = one[one["segment"] == "a"], two[two["segment"] == "a"]
    assert a["week"].min() == refreshes[20]
    assert a["log_e_two"].tolist() == a_again["log_e_two"].tolist()
    assert a["threshold"].iloc[0] == pytest.approx(2 * 5 / 0.10)
    b, b_again = (cells[cells["segment"] == "b"].iloc[19]["log_e_any"] for cells in (one, two))
    assert b != b_again


def test_a_thesis_named_in_advance_has_half_of_alpha():
    """Its threshold is 2 / alpha, the others' 2 K / alpha; a decision afterwards changes nothing."""
    weeks = refresh_weeks(40)
    frozen, registry = steady(WINNER, 60, 40), registry_of(list(WINNER), weeks[0])
    in_time = judged(frozen, registry.assign(thesis=registry["segment"] == "b"), TWO, weeks).verdicts
    thresholds = in_time.groupby("segment")["threshold"].first()
    assert thresholds.to_dict() == pytest.approx({"a": 100, "b": 20, "c": 100, "d": 100, "e": 100})
    too_late = judged_steadily(WINNER, decisions=decisions_of(("thesis", "b", weeks[0]))).verdicts
    assert set(too_late["threshold"].round(6)) == {50.0}
    assert in_time[in_time["thesis"]]["segment"].unique().tolist() == ["b"]


def test_a_decision_makes_it_tightened_until_the_lead_is_lost():
    """Tightened from the week of the decision; once the lead has gone it is reopened, evidence begins anew at a doubled
    threshold, and the next signal needs that."""
    refreshes = refresh_weeks(160)
    frozen = steady(WINNER, 60, 160)
    week = (frozen["week"] - MONDAY).dt.days // 7
    frozen.loc[(frozen["segment"] == "a") & (week >= 40) & (week < 80), "successes"] = 4
    decisions = decisions_of(("tighten", "a", refreshes[30]))
    registry = registry_of(list(WINNER), refreshes[0])
    result = judged(frozen, registry, TWO, refreshes, decisions=decisions).verdicts
    a = result[result["segment"] == "a"].reset_index(drop=True)
    assert a["state"][29] == TIGHTEN_NOW
    assert a["state"][30] == TIGHTENED
    lost = a.index[a["state"] == REOPENED][0]
    assert 44 < lost < 80
    assert a["reopen"][lost] >= 260
    assert a["log_e_two"][lost] == 0
    assert a["reopened_before"][lost] == 1
    assert a["threshold"][lost] == pytest.approx(2 * 5 / 0.10)
    again = a.index[(a["state"] == TIGHTEN_NOW) & (a.index > lost)][0]
    assert again > 84
    assert a["log_e_two"][again] >= np.log(100)
    assert a["state"][lost : again - 1].eq(REOPENED).all()


def test_staying_loose_takes_a_decision_back():
    """After "loose" in the journal a proven segment is tighten now again, an unproven one what its evidence says."""
    weeks = refresh_weeks(40)
    rows = [(kind, segment, week) for segment in "ab" for kind, week in (("tighten", weeks[25]), ("loose", weeks[30]))]
    result = judged_steadily(WINNER, decisions=decisions_of(*rows)).verdicts
    assert states_of(result, "a")[25:31] == [TIGHTENED] * 5 + [TIGHTEN_NOW]
    assert states_of(result, "b")[25:31] == [TIGHTENED] * 5 + ["stay loose"]


def account_rows(shares, weeks=40):
    """Account rows of segment a: (account, trials, successes) a week, the same for both metrics."""
    parts = [
        steady({"a": successes}, trials, weeks).assign(account_id=account) for account, trials, successes in shares
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_lead_that_rests_on_one_account_is_no_signal():
    """All of the lead in one account: the gate names it; spread over twelve accounts the signal stands."""
    alone = [("whale", 6, 6), *((f"acct {i}", 6, 1) for i in range(6))]
    result = judged_steadily(WINNER, accounts=account_rows(alone))
    last = result.verdicts[result.verdicts["segment"] == "a"].iloc[-1]
    assert last["state"] == "emerging"
    assert "Without whale" in last["gates"]["without_top_account"]["reason"]
    spread = [(f"acct {i}", 5, 1) for i in range(12)]
    result = judged_steadily(WINNER, accounts=account_rows(spread))
    assert result.verdicts[result.verdicts["segment"] == "a"].iloc[-1]["state"] == TIGHTEN_NOW


def test_accounts_that_are_asked_for_and_not_there_do_not_pass():
    """With account rows of other segments only, the signal waits; without any account rows the gate is not asked."""
    rows = account_rows([("acct", 5, 1)]).assign(segment="b")
    result = judged_steadily(WINNER, accounts=rows)
    last = result.verdicts[result.verdicts["segment"] == "a"].iloc[-1]
    assert (last["state"], last["gates"]["without_top_account"]["passed"]) == ("emerging", False)


def test_what_cannot_be_judged_is_refused():
    """No metric, and weeks with a gap or not on Mondays, raise ValueError."""
    weeks = refresh_weeks(10)
    frozen, registry = steady(WINNER, 60, 10), registry_of(list(WINNER), weeks[0])
    with pytest.raises(ValueError, match="at least one evidence metric"):
        judged(frozen, registry, (), weeks)
    for wrong in (weeks[:4] + weeks[5:], [week + pd.Timedelta(days=1) for week in weeks], []):
        with pytest.raises(ValueError, match="consecutive Mondays"):
            judged(frozen, registry, TWO, wrong)
