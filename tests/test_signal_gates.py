"""The five gates, each passed and each refused."""

from math import log

import numpy as np
import pytest

from gtm_metrics.signal import Rules, block_lead, block_length
from gtm_metrics.signal.gates import (
    BlockLead,
    ahead_on_all,
    is_fading,
    lead_blocks,
    material,
    nothing_worse,
    without_top_account,
)

RULES = Rules()
LABELS = ("Response rate", "Calls to understanding", "Won in time", "Monthly churn")
SIGNS = (1, 1, 1, -1)


@pytest.mark.parametrize(("a_week", "length"), [(5, 1), (4.9, 2), (1.3, 4), (0.5, 13), (0.2, 26), (0.19, None)])
def test_a_block_is_the_shortest_with_five_expected(a_week, length):
    """1, 2, 4, 13 or 26 weeks, whichever first holds a fair share of 5; none where even 26 do not."""
    assert block_length(np.full(60, a_week), RULES) == length


def test_blocks_count_back_from_the_last_week():
    """Thirteen weeks in blocks of two leave the first week out, and only comparable blocks count."""
    expected, variance = np.full(13, 2.5), np.ones(13)
    observed = expected + np.array([-9, *[1, 1] * 3, *[-1, -1] * 3])
    assert block_lead(observed, expected, variance, 1, RULES) == BlockLead(3.0, 6, 2)
    assert block_lead(observed, expected, variance, -1, RULES) == BlockLead(3.0, 6, 2)
    variance[-2:] = 0
    assert block_lead(observed, expected, variance, 1, RULES) == BlockLead(3.0, 5, 2)


def test_only_the_last_twelve_blocks_count_and_a_tie_is_half():
    """Of twenty weeks the first eight do not matter; a week at its fair share counts one half."""
    ahead = np.array([-1.0] * 8 + [1] * 7 + [0] * 2 + [-1] * 3)
    assert block_lead(6 + ahead, np.full(20, 6.0), np.ones(20), 1, RULES) == BlockLead(8.0, 12, 1)


@pytest.mark.parametrize(
    ("lead", "passed", "said"),
    [
        (BlockLead(8, 12, 1), True, "8 of the last 12 weeks"),
        (BlockLead(7.5, 12, 1), False, "8 are needed"),
        (BlockLead(4, 6, 4), True, "periods of 4 weeks"),
        (BlockLead(5, 5, 4), False, "6 are needed"),
        (BlockLead(0, 0, None, 41), False, "takes 41 weeks"),
    ],
)
def test_lead_in_two_thirds_of_recent_blocks(lead, passed, said):
    """Gate 1 asks for two thirds of the blocks there are, at least six; where none is possible it names the pace."""
    gate = lead_blocks(lead, "Response rate", RULES)
    assert (gate.name, gate.passed) == ("lead_blocks", passed)
    assert said in gate.reason


def test_the_pace_of_a_block_is_told_where_none_is_long_enough():
    """A fair share of 5 takes 42 weeks at 0.12 a week; a segment that expects nothing has no pace."""
    assert block_lead(np.zeros(60), np.full(60, 0.12), np.ones(60), 1, RULES) == BlockLead(0.0, 0, None, 42)
    assert block_lead(np.zeros(60), np.zeros(60), np.zeros(60), 1, RULES).needed is None


def test_fading_is_leading_in_fewer_than_half():
    """Six of twelve is not fading, five and a half is."""
    assert not is_fading(BlockLead(6, 12, 1), RULES)
    assert is_fading(BlockLead(5.5, 12, 1), RULES)


@pytest.mark.parametrize(
    ("ratios", "shares", "passed"),
    [
        ((1.2, 1.1, 1.3, 0.8), (9, 9, 9, 9), True),
        ((1.2, 1.1, 1.3, 1.2), (9, 9, 9, 9), True),
        ((1.2, 0.9, 1.3, 1.2), (9, 9, 9, 9), False),
        ((1.2, 0.9, 1.3, 1.2), (9, 4.9, 9, 4.9), True),
        ((1.2, 0.9, 1.3, 0.8), (9, 4.9, 4.9, 4.9), False),
        ((1.2, 0.9, 1.3, 0.8), (9, 9, 4.9, 4.9), False),
        ((np.nan, 1.1, 1.3, 0.8), (9, 9, 9, 9), True),
    ],
)
def test_ahead_on_all_but_one(ratios, shares, passed):
    """Gate 2: of the metrics with a fair share of 5 one may be behind, two must be ahead; churn is ahead below 1."""
    assert ahead_on_all(ratios, shares, SIGNS, LABELS, RULES).passed is passed


def test_nothing_may_be_credibly_worse():
    """Gate 3: evidence of being worse of 10 on one metric closes it, and the metric is named."""
    assert nothing_worse([0.0, 1.0, 2.3, -1.0], LABELS, RULES).passed
    gate = nothing_worse([0.0, 1.0, 2.31, -1.0], LABELS, RULES)
    assert not gate.passed
    assert "Won in time" in gate.reason


@pytest.mark.parametrize(
    ("ratios", "passed"),
    [
        ((1.10, 1.10, 1.0, 1.0), True),
        ((1.10, 1.09, 1.0, 1.0), False),
        ((1.10, 1.0, 1.0, 1 / 1.10), True),
        ((1.10, 1.0, 1.0, 0.92), False),
        ((1.10, np.nan, 1.0, 0.0), True),
    ],
)
def test_material_on_two_metrics(ratios, passed):
    """Gate 4: 1.10 times the rest on two metrics, 1 / 1.10 where fewer are better; no successes lost is ahead."""
    assert material(ratios, SIGNS, LABELS, RULES).passed is passed


def test_without_any_one_account():
    """Gate 5: what is left without the account that matters most decides; no rows do not pass; not asked passes."""
    assert without_top_account([("a", log(400)), ("b", log(10.1))], RULES).passed
    gate = without_top_account([("a", log(400)), ("b", log(9))], RULES)
    assert not gate.passed
    assert "Without b" in gate.reason
    assert not without_top_account([], RULES).passed
    assert without_top_account(None, RULES).passed
