"""The constants: each with its reason, each refused outside its range."""

from dataclasses import fields, replace

import pytest

from gtm_metrics.signal import CONSTANTS, Rules


def test_every_constant_is_listed_with_its_reason():
    """CONSTANTS is the whole of Rules: same names and defaults, inside their ranges, with unit and sentence."""
    assert [constant.key for constant in CONSTANTS] == [one.name for one in fields(Rules)]
    for constant in CONSTANTS:
        values = constant.default if isinstance(constant.default, tuple) else (constant.default,)
        assert all(constant.low <= value <= constant.high for value in values), constant.key
        assert constant.unit
        assert len(constant.meaning) > 20
        assert constant.kind in ("integer", "number", "numbers")


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.key)
def test_a_constant_outside_its_range_is_refused(constant):
    """The refusal names the key, the value and the allowed range."""
    beyond = constant.high * 2
    given = (beyond,) if constant.kind == "numbers" else beyond
    with pytest.raises(ValueError, match=rf"signal\.{constant.key} is .* must lie between"):
        replace(Rules(), **{constant.key: given})


def test_a_state_is_left_below_where_it_is_entered():
    """Rules under which noise would switch a state are refused."""
    with pytest.raises(ValueError, match="left below"):
        Rules(watch=5.0, watch_left=6.0)


def test_a_period_of_several_weeks_bets_on_a_start_as_often_a_week():
    """Four weeks' chance of a start is that of one of four weeks."""
    assert Rules().evidence(4).start_hazard == pytest.approx(1 - (103 / 104) ** 4)
    assert Rules().evidence(1).start_hazard == pytest.approx(1 / 104)
