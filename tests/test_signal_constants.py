"""Every constant of the signal can be set, and setting it changes what is said."""

import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from signal_market import EVIDENCE, MONDAY, refresh_weeks, registry_of, steady

from gtm_metrics.evidence import EvidenceRules
from gtm_metrics.signal import (
    CONSTANTS,
    EMERGING,
    STAY_LOOSE,
    WATCH,
    Rules,
    judged,
    signal_state,
    touches_per_arm,
    verdict_of,
)
from gtm_metrics.signal.series import holds_up
from gtm_metrics.signal.waits import levers

OTHER = {
    "alpha": 0.05,
    "thesis_share": 0.3,
    "theta": (0.2, 0.5),
    "start_mass": 0.2,
    "start_hazard": 0.05,
    "sd_floor": 0.4,
    "lags": 1,
    "dispersion_weight": 1.0,
    "level_sd": 0.05,
    "drop_one_from": 1000,
    "interval_sd": 0.1,
    "interval_alpha": 0.2,
    "interval_end": 1.0,
    "interval_step": 0.2,
    "settle_days": 21,
    "stratum_weeks": (13.0,),
    "stratum_kept": 0.95,
    "stratum_look": 4,
    "watch": 14.0,
    "watch_left": 9.0,
    "emerging": 0.9,
    "emerging_left": 9.0,
    "least_columns": 20,
    "least_fair_share": 60.0,
    "block_weeks": (13.0,),
    "block_fair_share": 60.0,
    "blocks_counted": 4,
    "blocks_needed": 20,
    "lead_share": 1.0,
    "fading_share": 1.0,
    "material_ratio": 2.5,
    "worse": 2.0,
    "account": 1000.0,
    "top_accounts": 1,
    "kept_ratio": 2.5,
    "reopen_drops": (2.0,),
    "reopen_weeks": 10.0,
    "recent_weeks": 10,
    "planned_ratio": 3.0,
    "tighten_pace": 4.0,
    "pace_weeks": 4,
    "longest_wait": 13,
    "outreach_touches": 900,
    "outreach_rate": 0.2,
    "test_level": 0.2,
    "test_power": 0.95,
}
"""Another value of each."""

NAMED = {
    "theta": (0.1, 0.2, 0.4, 0.6, 0.8, 1.1), "start_mass": 1 / 2, "start_hazard": 1 / 104, "sd_floor": 0.10, "lags": 8,
    "dispersion_weight": 50, "level_sd": 0.5, "interval_sd": 0.5, "interval_end": 2.5, "interval_step": 0.05,
    "interval_alpha": 0.05, "alpha": 0.10, "thesis_share": 1 / 2, "drop_one_from": 4, "emerging": 0.5,
    "emerging_left": 1.5, "watch": 10, "watch_left": 10 / 3, "reopen_weeks": 260, "kept_ratio": 1.2,
    "reopen_drops": (0.1, 0.2, 0.4, 0.8), "material_ratio": 1.10, "worse": 10, "account": 10, "top_accounts": 3,
    "least_columns": 8, "least_fair_share": 5, "blocks_counted": 12, "lead_share": 2 / 3, "blocks_needed": 6,
    "block_weeks": (1, 2, 4, 13, 26), "block_fair_share": 5, "fading_share": 0.5, "recent_weeks": 26,
    "stratum_weeks": (1, 4, 13), "stratum_look": 26, "settle_days": 7, "planned_ratio": 1.5,
    "tighten_pace": 1.5, "longest_wait": 104, "test_power": 0.8,
}  # fmt: skip
"""The constants the design of the signal names, as it names them."""

WEEKS = refresh_weeks(70)
SEGMENTS = ("a", "b", "c", "d", "e")


@pytest.fixture(scope="module")
def counts():
    """Four metrics of five segments: a leads from week 20 to 45 and trails afterwards, b trails in between, luck lasts
    for weeks, the first weeks are thin; and the accounts of a, one of which has half of its successes."""
    rng = np.random.default_rng(3)
    frozen = steady(dict.fromkeys([*SEGMENTS, "(not set)"], 0), 1, 70, EVIDENCE)
    week = ((frozen["week"] - MONDAY).dt.days // 7).to_numpy()
    who = frozen["segment"].to_numpy()
    pairs = [(segment, metric.name) for segment in sorted(set(who)) for metric in EVIDENCE]
    swing = {pair: np.convolve(rng.normal(0, 0.5, 80), np.ones(4) / 4, "same") for pair in pairs}
    luck = np.array([swing[s, m][w] for s, m, w in zip(who, frozen["metric"], week, strict=True)])
    size = np.where(week < 12, 1, np.where(frozen["metric"] == "won_in_time", 3, 60))
    lead = np.where((who == "a") & (week >= 20), np.where(week < 45, 1.1, -1.0), 0.0)
    lead = np.where((who == "b") & (week >= 20) & (week < 40), -0.7, lead)
    sign = np.where(frozen["metric"] == "churn", -1, 1)
    rate = 1 / (1 + np.exp(1.4 - sign * lead - luck))
    frozen["trials"] = rng.poisson(size)
    frozen["successes"] = rng.binomial(frozen["trials"], rate)
    mine = frozen[frozen["segment"] == "a"]
    parts = [mine.assign(account_id=name, trials=mine["trials"] // of, successes=mine["successes"] // of)
             for name, of in (("whale", 2), ("x", 6), ("y", 7), ("z", 8))]
    return frozen, pd.concat(parts, ignore_index=True)


def said(counts, rules):
    """All that is said under these rules: every week's rows, the last week's details, the verdict, waits and levers,
    whether it holds up; as text, so that two can be compared."""
    frozen, accounts = counts
    registry = registry_of(list(SEGMENTS), WEEKS[0], registered_week=WEEKS[-1], thesis=[n == "c" for n in SEGMENTS])
    out = []
    for weeks in (WEEKS[:44], WEEKS):
        told = judged(frozen, registry, EVIDENCE, weeks, rules, accounts=accounts)
        comparison = told.comparisons["industry"]
        last = told.candidates[0].at(len(weeks) - 1)
        a, accounts_of = comparison.columns.row("a"), told.accounts["industry"]
        held = holds_up(comparison, accounts_of, a, 0, last.log_threshold, 1)
        no_outreach = replace(comparison.columns, metrics=comparison.columns.metrics[1:])
        out += [told.verdicts.to_dict("records"), verdict_of(told), held,
                levers(no_outreach, [0.02] * 3, 5, 1, 0, len(weeks), rules), accounts_of.top(a, 20, 43)]
    states = [signal_state(before, math.log(e), 0.0, 20, False, True, False, rules=rules)
              for before in (STAY_LOOSE, WATCH, EMERGING) for e in (4, 6, 8, 12, 25)]
    return repr((out, states, touches_per_arm(0.05, rules.planned_ratio, rules.test_level, rules.test_power)))


@pytest.fixture(scope="module")
def usual(counts):
    """What is said as things are."""
    return said(counts, Rules())


def test_every_constant_has_another_value_here():
    """The list below is all there are: who adds a constant says here that it does something."""
    assert set(OTHER) == {constant.key for constant in CONSTANTS}


@pytest.mark.parametrize("key", OTHER)
def test_setting_a_constant_changes_what_is_said(counts, usual, key):
    """Another value that is allowed makes some row, gate, interval, wait, lever or test come out otherwise."""
    assert said(counts, replace(Rules(), **{key: OTHER[key]})) != usual


@pytest.mark.parametrize("key", NAMED)
def test_the_constants_the_design_names_have_its_values(key):
    """Theta, the start, the spread, alpha, states, gates, reopening, periods and paces are what was simulated."""
    default = {constant.key: constant.default for constant in CONSTANTS}[key]
    assert np.allclose(default, NAMED[key])


def test_every_constant_of_the_evidence_is_one_of_the_signals():
    """None of the evidence's constants is left that gtm.toml cannot set."""
    given, usual = Rules(**OTHER).evidence(), EvidenceRules()
    assert [one.name for one in fields(EvidenceRules) if getattr(given, one.name) == getattr(usual, one.name)] == []
    assert given.reopen_lead == OTHER["kept_ratio"]
