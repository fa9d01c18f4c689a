"""Frames of the signal, and a segment through time: small companies drawn by chance, each number told by its counts."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from gtm_metrics.estimates import mantel_haenszel_rate_ratio
from gtm_metrics.metrics import metric_named
from gtm_metrics.signal import Leaning, Lever, Rules, judged
from gtm_metrics.signal.series import holds_up, ratio_path, week_leads, week_standings
from gtm_metrics.tables import decided as tables_decided
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.words import signal, small

FIRST = date(2025, 1, 6)
NAMES = ("DTC", "Agencies", "Logistics", "Retail")
METRICS = (metric_named("response_rate"), metric_named("won_in_time"))


def company(seed, weeks=60, lift=0.0):
    """Frozen cells of four segments on two metrics, the first with a lift; judged on a clock of 80 weeks."""
    rng = np.random.default_rng(seed)
    rows = []
    for metric, trials, rate in ((METRICS[0], 60, 0.12), (METRICS[1], 12, 0.25)):
        for i in range(weeks):
            for j, name in enumerate(NAMES):
                n = int(rng.poisson(trials))
                x = int(rng.binomial(n, min(0.9, rate * (1 + lift * (j == 0)))))
                rows.append(("industry", metric.name, pd.Timestamp(FIRST + timedelta(weeks=i)), name, "", n, x))
    frozen = pd.DataFrame(rows, columns=["dimension", "metric", "week", "segment", "band", "trials", "successes"])
    registry = pd.DataFrame(
        {
            "dimension": "industry",
            "segment": list(NAMES),
            "first_week": pd.Timestamp(FIRST),
            "batch": 1,
            "k": 4,
            "epoch": 1,
        }
    )
    clock = [FIRST + timedelta(weeks=i) for i in range(weeks)]
    return frozen, judged(frozen, registry, METRICS, clock, Rules())


@pytest.mark.parametrize("seed", range(4))
def test_a_week_is_ahead_when_it_beats_its_fair_share(seed):
    """Each cell of the strip agrees with that week's own counts: successes beside trials times everybody's rate."""
    frozen, verdict = company(seed, weeks=30)
    comparison = verdict.comparisons["industry"]
    row = comparison.columns.row("DTC")
    strip = week_standings(comparison, row, verdict.weeks)
    lags = {metric.metric.name: metric.lag for metric in comparison.metrics}
    assert len(strip) == 2 * 26
    for name, week, stands in strip.itertuples(index=False):
        own = frozen[(frozen["metric"] == name) & (frozen["week"] == week - pd.Timedelta(weeks=lags[name]))]
        mine = own[own["segment"] == "DTC"]
        if mine["trials"].sum() == 0:
            assert stands == "none"
            continue
        fair = mine["trials"].sum() * own["successes"].sum() / own["trials"].sum()
        lead = mine["successes"].sum() - fair
        assert stands == ("level" if abs(lead) < 1e-9 else "ahead" if lead > 0 else "behind")


def test_leads_lie_around_zero_by_chance_and_above_it_with_a_lift():
    """Twelve values; over many equal segments they average near nothing, with a lift of half they do not."""
    chance, lifted = [], []
    for seed in range(6):
        for lift, found in ((0.0, chance), (0.8, lifted)):
            verdict = company(seed, lift=lift)[1]
            comparison = verdict.comparisons["industry"]
            values = week_leads(comparison, comparison.columns.row("DTC"))
            assert len(values) == 12
            found += values
    assert abs(np.mean(chance)) < 3 / math.sqrt(len(chance))
    assert np.mean(lifted) > 3 / math.sqrt(len(lifted))
    assert tables_signal.strip([9.0, -9.0, 0.3]) == [2.5, -2.5, 0.3]


def test_the_path_of_a_ratio_ends_where_the_pooled_counts_do():
    """The newest ratio is Mantel-Haenszel's over all weeks; its interval holds it and narrows; the past stays put."""
    frozen, verdict = company(3, lift=0.5)
    comparison = verdict.comparisons["industry"]
    row = comparison.columns.row("DTC")
    path = ratio_path(comparison, 0, row, 0, verdict.weeks)
    counted = frozen[frozen["metric"] == "response_rate"]
    usable = counted[counted["week"] <= pd.Timestamp(verdict.weeks[-1]) - pd.Timedelta(weeks=4)]
    mine = usable[usable["segment"] == "DTC"].sort_values("week")
    everyone = usable.groupby("week")[["trials", "successes"]].sum()
    expected = mantel_haenszel_rate_ratio(
        mine["successes"].to_numpy(),
        mine["trials"].to_numpy(),
        everyone["trials"].to_numpy(),
        everyone["successes"].to_numpy(),
    )
    last = path.iloc[-1]
    assert last["estimate"] == pytest.approx(float(expected), rel=1e-12)
    assert last["low"] < last["estimate"] < last["high"]
    assert last["high"] - last["low"] < path["high"].iloc[20] - path["low"].iloc[20]
    # the judge tells the same interval for its last week
    told = verdict.verdicts
    said = told[(told["segment"] == "DTC") & (told["week"] == told["week"].max())].iloc[0]["metrics"]["response_rate"]
    assert (last["low"], last["high"]) == pytest.approx((said["rate_ratio_low"], said["rate_ratio_high"]), rel=1e-9)
    assert path["estimate"].iloc[0] is None


def test_what_holds_up_asks_with_less_data():
    """All the data agrees with the verdict; four weeks less is the evidence of four weeks ago."""
    verdict = company(5, lift=0.9)[1]
    comparison = verdict.comparisons["industry"]
    row = comparison.columns.row("DTC")
    run = comparison.run(row, 0)
    for threshold in (run.log_e_two[-5] - 0.1, run.log_e_two[-5] + 0.1):
        held = holds_up(comparison, verdict.accounts["industry"], row, 0, float(threshold), 0)
        by_test = {one.test: one for one in held}
        assert by_test["All the data"].proven == (run.log_e_two[-1] >= threshold)
        assert by_test["Without the last 4 weeks"].proven == (run.log_e_two[-5] >= threshold)
        assert by_test["All the data"].times > 1.2
        assert "Without its best accounts" not in by_test  # judged without account rows


def test_every_watched_segment_has_a_row_with_its_word_and_its_strip():
    """The strongest evidence first; words are the six of the screen; a proven one counts no wait."""
    verdict = company(5, lift=0.9)[1]
    rows = verdict.at(verdict.weeks[-1])
    leads = {("industry", name): [0.5] * 12 for name in NAMES}
    listed = tables_signal.watched(rows, {"industry": "Industry"}, leads)
    assert sorted(listed["Segment"]) == sorted(NAMES)
    assert listed["Segment"].iloc[0] == "DTC"
    assert {word.split(",")[0] for word in listed["Signal"]} <= set(signal.SIX)
    assert all(len(strip) == 12 for strip in listed[tables_signal.LEAD])
    row = rows[rows["segment"] == "DTC"].iloc[0].to_dict()
    checks = tables_signal.checklist(row)
    assert list(checks["Passed"][1:]) == ["yes" if gate["passed"] else "not yet" for gate in row["gates"].values()]
    numbers = tables_signal.numbers(row)
    assert list(numbers["Measure"]) == ["Response rate", "Won in time"]
    assert all("(" in cell for cell in numbers["Times the rest"])


@pytest.mark.parametrize(
    ("nrr", "arpa", "judged_as"),
    [
        ((1.2, 1.0), (900, 800), True),
        ((1.2, 1.0), None, True),
        ((1.2, 1.0), (700, 800), None),
        ((0.9, 1.0), (700, 800), False),
        ((1.0, 1.0), None, None),
        (None, None, None),
    ],
)
def test_worth_it_is_said_only_where_nothing_speaks_against_it(nrr, arpa, judged_as):
    """Above on one and below on none is worth it, below on both is not, anything else is not said."""
    rows = [None if pair is None else {"value": pair[0], "rest_value": pair[1]} for pair in (nrr, arpa)]
    assert tables_signal.worth(*rows, 350).worth is judged_as


def test_levers_are_listed_with_their_own_waits():
    """Every lever has a row; one that stays out of reach says so; what is taken for granted is said."""
    levers = (Lever("merge segments", 41.0, 2), Lever("connect outreach", None, None, "100 accounts a week"))
    listed = tables_decided.levers(small.Small("why", levers, Leaning("industry", "DTC", 9.0, 3.0, 4), 900))
    assert listed.values.tolist() == [
        ["Merge to 2 segments", "41 weeks", "a lead of 1.5 times the odds"],
        ["Connect outreach", "out of reach", "100 accounts a week"],
    ]


def test_decisions_are_listed_newest_first_and_the_checklist_is_whole():
    """The journal's rows keep who and why; what to change has all its lines, with evidence where data have it."""
    told = {"segment": "DTC", "who": "Anna", "why": "w", "review_on": None}
    tightened = {"kind": "tighten", "decided_at": pd.Timestamp("2026-08-03"), "evidence": {"log_e_two": math.log(230)}}
    named = {"kind": "thesis", "decided_at": pd.Timestamp("2026-01-05"), "evidence": None}
    rows = pd.DataFrame([told | named, told | tightened])
    listed = tables_decided.history(rows)
    assert list(listed["Decision"]) == ["Tighten", "Thesis"]
    assert list(listed["Evidence that day"]) == ["230 to 1", ""]
    reasons = pd.DataFrame({"reason": ["Saves a day", "Price"], "n": [41, 22]})
    todo = tables_decided.to_change(reasons, None)
    assert len(todo) == len(tables_decided.TO_CHANGE)
    assert "Saves a day (41), Price (22)" in todo["What data say"].tolist()
