"""Thresholds, states and their hysteresis, one transition at a time."""

from math import inf, log

import pytest

from gtm_metrics.signal import (
    EMERGING,
    INSUFFICIENT_DATA,
    REOPENED,
    STAY_LOOSE,
    TIGHTEN_NOW,
    TIGHTENED,
    WATCH,
    carrying_metrics,
    log_threshold,
    luck_figure,
    signal_state,
)
from gtm_metrics.signal.states import shares_of_alpha

K = 20
PROVEN = log(K / 0.10)


def state(prev, any_=0.0, two=0.0, gates=True, enough=True, reopen=False, before=0, **more):
    return signal_state(prev, any_, two, K, gates, enough, reopen, 0.10, before, **more)


@pytest.mark.parametrize(
    ("prev", "evidence", "expected"),
    [
        (None, {"enough": False}, INSUFFICIENT_DATA),
        (None, {"enough": False, "any_": 50.0, "two": 50.0}, INSUFFICIENT_DATA),
        (INSUFFICIENT_DATA, {}, STAY_LOOSE),
        (STAY_LOOSE, {"any_": log(9.99)}, STAY_LOOSE),
        (STAY_LOOSE, {"any_": log(10.01)}, WATCH),
        (WATCH, {"any_": log(3.34)}, WATCH),
        (WATCH, {"any_": log(3.33)}, STAY_LOOSE),
        (STAY_LOOSE, {"any_": log(3.34)}, STAY_LOOSE),
        (WATCH, {"any_": log(39.9)}, WATCH),
        (WATCH, {"any_": log(40.1)}, EMERGING),
        (EMERGING, {"any_": log(13.4)}, EMERGING),
        (EMERGING, {"any_": log(13.3)}, WATCH),
        (EMERGING, {"any_": log(3.3)}, STAY_LOOSE),
        (STAY_LOOSE, {"any_": 9.0, "two": PROVEN, "gates": False}, EMERGING),
        (STAY_LOOSE, {"any_": 9.0, "two": PROVEN - 0.01}, EMERGING),
        (STAY_LOOSE, {"any_": 9.0, "two": PROVEN}, TIGHTEN_NOW),
        (TIGHTEN_NOW, {"any_": -5.0, "two": -5.0, "gates": False, "enough": False}, TIGHTEN_NOW),
        (TIGHTEN_NOW, {"reopen": True}, REOPENED),
        (TIGHTENED, {"any_": -5.0}, TIGHTENED),
        (TIGHTENED, {"reopen": True}, REOPENED),
        (STAY_LOOSE, {"decided": True}, TIGHTENED),
        (TIGHTEN_NOW, {"decided": True}, TIGHTENED),
        (REOPENED, {"decided": True}, TIGHTENED),
        (REOPENED, {"any_": 9.0, "two": PROVEN, "before": 1}, REOPENED),
        (REOPENED, {"any_": 9.0, "two": PROVEN + log(2), "before": 1}, TIGHTEN_NOW),
        (REOPENED, {"any_": 9.0, "two": PROVEN + log(2), "before": 1, "gates": False}, REOPENED),
        (REOPENED, {"any_": 9.0, "two": PROVEN + log(2), "before": 2}, REOPENED),
        (STAY_LOOSE, {"any_": 9.0, "two": PROVEN, "batch": 2}, EMERGING),
        (STAY_LOOSE, {"any_": 9.0, "two": PROVEN + log(2), "batch": 2}, TIGHTEN_NOW),
    ],
)
def test_each_transition(prev, evidence, expected):
    """A state is entered where its rule says, and left only below where it was entered."""
    assert state(prev, **evidence) == expected


def test_one_metric_is_never_more_than_watch():
    """With a single metric there is no evidence on two, and however strong it is, the answer is watch."""
    assert state(WATCH, any_=100.0, two=-inf) == WATCH


def test_emerging_is_never_easier_than_watch():
    """Where few segments share alpha, emerging still needs what watch needs."""
    assert signal_state(STAY_LOOSE, log(5), 0.0, 2, True, True, False) == STAY_LOOSE
    assert signal_state(STAY_LOOSE, log(10.1), 0.0, 2, True, True, False) == EMERGING


def test_thresholds_double_with_every_reopening_and_batch():
    """K = 20 needs 200; each reopening and each later batch doubles it."""
    assert log_threshold(20, 0, 1, 0.10) == pytest.approx(log(200))
    assert log_threshold(20, 2, 1, 0.10) == pytest.approx(log(800))
    assert log_threshold(20, 1, 3, 0.10) == pytest.approx(log(1600))


def test_a_thesis_has_half_of_alpha():
    """Without a thesis all share alpha; with one it needs 20 and the others twice as much; together they spend it."""
    assert shares_of_alpha(20, 0) == (20, 20)
    thesis, others = shares_of_alpha(20, 1)
    assert (thesis / 0.10, others / 0.10) == (pytest.approx(20), pytest.approx(400))
    assert 1 / thesis + 19 / others <= 1


def test_luck_never_exceeds_twice_alpha():
    """The figure on screen is 0.10 for the first batch, 0.15 with a second, and stays below 0.20."""
    assert [luck_figure(0.10, b) for b in (1, 2, 3)] == pytest.approx([0.10, 0.15, 0.175])
    assert luck_figure(0.10, 60) <= 0.20


def test_two_metrics_carry_a_signal_and_any_other_that_is_strong():
    """The two largest always, a third when its own e-value reaches 10, strongest first."""
    assert carrying_metrics([1.0, 5.0, 0.2, -1.0]) == (1, 0)
    assert carrying_metrics([log(10), 5.0, 4.0, log(9.9)]) == (1, 2, 0)
    assert carrying_metrics([0.3]) == (0,)
