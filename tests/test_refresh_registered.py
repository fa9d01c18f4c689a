"""Who is judged and since when: segments are registered once, changed meanings open a new epoch, and K never falls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from refreshes import (
    EARLIER,
    LAST,
    SETTINGS,
    USUAL,
    changed,
    company,
    read,
    refreshed,
)

from gtm_metrics import journal
from gtm_metrics.refresh.calendar import frozen_through, weeks_from
from gtm_metrics.weeks import WEEK

pytestmark = pytest.mark.xdist_group("refreshes")


def test_every_segment_with_a_trial_is_registered(usual: Small, kept: sa.Engine) -> None:
    """Segments with a trial are registered from the first week of data, "(not set)" never; K counts them all."""
    refreshed(usual, kept, LAST)
    rows = read(kept, journal.registry)
    assert sorted(zip(rows["dimension"], rows["segment"], strict=True)) == sorted(
        [*(("industry", name) for name in USUAL), ("size", "large"), ("size", "small")])
    assert set(rows["k"]) == {6}
    assert set(rows["batch"]) == {1}
    assert set(rows["registered_week"]) == {pd.Timestamp(LAST)}
    assert set(rows["first_week"]) == {read(kept, journal.refreshes)["week"].min()}


def test_a_segment_that_appears_later_is_a_batch_of_its_own(
    usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf
) -> None:
    """New segments of one refresh are one batch, counted from that week on; K grows, the others keep theirs."""
    frames = company(USUAL)
    fresh = frames["accounts"].copy()
    begin = pd.Timestamp(EARLIER - 2 * WEEK)
    # deals of these weeks are not settled yet, their calls are
    fresh.loc[(fresh["industry"] == "Banks") & (fresh["created_on"] >= begin), "industry"] = "Farms"
    done = refreshed(warehouse_of(changed(frames, "accounts", fresh), **SETTINGS), begun, EARLIER + WEEK)
    assert (done.registered, done.epoch) == (1, 1)
    farms = read(begun, journal.registry, 1).set_index("segment").loc["Farms"]
    assert (farms["batch"], farms["k"]) == (2, 7)
    assert farms["first_week"] == pd.Timestamp(EARLIER + WEEK)
    assert set(read(begun, journal.registry).query("segment != 'Farms'")["k"]) == {6}
    told = read(begun, journal.history, "industry", "Farms")
    assert list(told["week"]) == [pd.Timestamp(EARLIER + WEEK)]
    assert read(begun, journal.refreshes).iloc[-1]["luck"] == pytest.approx(0.15)


def test_a_dimension_that_is_watched_later_is_a_batch_of_its_own(warehouse_of: WarehouseOf, kept: sa.Engine) -> None:
    """A dimension added to the watched ones counts from its week on; evidence on the others goes on."""
    frames = company(USUAL)
    one = warehouse_of(frames, **{**SETTINGS, "segments": {"dimensions": ["size"]}})
    refreshed(one, kept, EARLIER)
    done = refreshed(one, kept, EARLIER + WEEK, replace(one.company, dimensions=tuple(
        one.company.dimension(name) for name in ("size", "industry"))))
    assert (done.opened, done.epoch, done.registered) == ("", 1, 4)
    rows = read(kept, journal.registry)
    assert {(d, b, k) for d, b, k in zip(rows["dimension"], rows["batch"], rows["k"], strict=True)} == {
        ("size", 1, 2), ("industry", 2, 6)}
    assert set(rows.loc[rows["dimension"] == "industry", "first_week"]) == {pd.Timestamp(EARLIER + WEEK)}


def test_a_dimension_no_longer_watched_stays_registered(usual: Small, begun: sa.Engine) -> None:
    """A dimension taken off the list is judged no more, its weeks still freeze, and K does not fall."""
    refreshed(usual, begun, EARLIER + WEEK, replace(usual.company, dimensions=usual.company.dimensions[1:]))
    assert set(read(begun, journal.verdicts)["dimension"]) == {"size"}
    assert read(begun, journal.refreshes).iloc[-1]["k"] == 6
    refreshed(usual, begun, LAST)
    cells = read(begun, journal.frozen, 1)
    calls = cells[(cells["dimension"] == "industry") & (cells["metric"] == "calls_to_understanding")]
    last = frozen_through(usual.metric("calls_to_understanding"), LAST, usual.company.rules)
    assert set(pd.Series(weeks_from(EARLIER - 3 * WEEK, last)).map(pd.Timestamp)) <= set(calls["week"])
    assert set(read(begun, journal.verdicts)["dimension"]) == {"industry", "size"}


def test_a_changed_setting_opens_a_new_epoch(usual: Small, begun: sa.Engine) -> None:
    """A setting that changes a count starts all evidence anew in the next week due, as a batch; K stays."""
    other = replace(usual.company, won_in_time_weeks=6)
    assert refreshed(usual, begun, EARLIER, other).done is False
    done = refreshed(usual, begun, EARLIER + WEEK, other)
    assert (done.epoch, done.opened) == (2, "changed: maturity")
    rows = read(begun, journal.registry, 2)
    assert (set(rows["batch"]), set(rows["k"])) == ({2}, {6})
    assert set(rows["first_week"]) == {pd.Timestamp(EARLIER + WEEK)}
    assert list(read(begun, journal.registry, 1)["batch"]) == [1] * 6
    assert set(read(begun, journal.verdicts)["state"]) == {"insufficient data"}
    told = read(begun, journal.history, "size", "small").set_index("week")["epoch"]
    assert (told[pd.Timestamp(EARLIER)], told[pd.Timestamp(EARLIER + WEEK)]) == (1, 2)
    opened = read(begun, journal.audit).query("what == 'epoch opened'").iloc[0]["details"]
    assert opened["before"]["maturity"]["won_in_time"] == 28
    assert opened["settings"]["maturity"]["won_in_time"] == 42
    assert refreshed(usual, begun, EARLIER + 2 * WEEK, other).epoch == 2


def test_a_constant_of_the_signal_opens_a_new_epoch(usual: Small, begun: sa.Engine) -> None:
    """A stricter alpha is another promise: it starts anew and is not read back into the past."""
    strict = replace(usual.company, rules=replace(usual.company.rules, alpha=0.05))
    done = refreshed(usual, begun, EARLIER + WEEK, strict)
    assert (done.epoch, done.opened) == (2, "changed: rules")
    assert read(begun, journal.refreshes).iloc[-1]["alpha"] == 0.05


def test_what_a_dimension_means_opens_a_new_epoch(warehouse_of: WarehouseOf, kept: sa.Engine) -> None:
    """Edges that are moved make other segments of the same name, so evidence starts anew."""
    frames = company(USUAL)
    people = frames["accounts"].assign(employees=np.arange(len(frames["accounts"])) % 300)
    settings = {"segments": {"dimensions": ["employees"], "edges": {"employees": [50, 200]}}}
    small = warehouse_of(changed(frames, "accounts", people), **settings)
    refreshed(small, kept, EARLIER)
    moved = replace(small.company, edges=(("employees", (100.0, 200.0)),))
    done = refreshed(small, kept, EARLIER + WEEK, replace(moved, dimensions=(moved.dimension("employees"),)))
    assert (done.epoch, done.opened) == (2, "changed: what employees means")
    assert read(kept, journal.registry)["k"].max() == 5


def test_a_metric_connected_later_waits_for_a_new_start(warehouse_of: WarehouseOf, kept: sa.Engine) -> None:
    """The metrics are fixed when evidence begins: one connected later is named and left out until asked for anew."""
    frames = company(USUAL)
    without = warehouse_of({name: frame for name, frame in frames.items() if name != "touches"}, **SETTINGS)
    refreshed(without, kept, EARLIER)
    metrics = ["calls_to_understanding", "won_in_time", "churn"]
    assert read(kept, journal.refreshes).iloc[-1]["metrics"] == ["reached_opportunity", *metrics]
    whole = warehouse_of(frames, **SETTINGS)
    done = refreshed(whole, kept, EARLIER + WEEK)
    assert (done.epoch, len(done.left_out)) == (1, 1)
    assert "Response rate was connected after" in done.left_out[0]
    again = refreshed(whole, kept, EARLIER + WEEK, anew=True)
    assert (again.epoch, again.week, again.opened) == (2, EARLIER + WEEK, "asked for")
    assert read(kept, journal.refreshes).iloc[-1]["metrics"] == ["response_rate", *metrics]


def test_with_one_metric_a_second_starts_anew_by_itself(warehouse_of: WarehouseOf, kept: sa.Engine) -> None:
    """One metric can name no segment, so nothing is lost when the second that is connected starts anew."""
    frames = {name: frame.drop(columns="created_on", errors="ignore") for name, frame in company(USUAL).items()}
    one = warehouse_of({name: frames[name] for name in ("accounts", "subscriptions")}, **SETTINGS)
    refreshed(one, kept, EARLIER)
    assert read(kept, journal.verdicts)["log_e_two"].isna().all()
    done = refreshed(warehouse_of(frames, **SETTINGS), kept, EARLIER + WEEK)
    assert done.epoch == 2
    assert done.opened == "connected: response_rate, calls_to_understanding, won_in_time"
