"""The weekly act: settled weeks are frozen once, later data change nothing that was said, and what moved is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from refreshes import (
    EARLIER,
    LAST,
    MONDAY,
    SETTINGS,
    USUAL,
    changed,
    company,
    everything,
    read,
    refreshed,
)

from gtm_metrics import journal
from gtm_metrics.company import Company
from gtm_metrics.question import NOT_SET
from gtm_metrics.refresh import refresh
from gtm_metrics.refresh.calendar import beginning, frozen_through, week_due, weeks_from
from gtm_metrics.refresh.keeping import headline
from gtm_metrics.signal import judged, verdict_of
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.weeks import WEEK, sunday

pytestmark = pytest.mark.xdist_group("refreshes")


def test_the_first_connection_freezes_all_that_has_settled(usual: Small, kept: sa.Engine) -> None:
    """Every settled week of every connected metric is frozen as the tally counts it, "(not set)" included."""
    done = refreshed(usual, kept, LAST)
    assert (done.done, done.epoch, done.week, done.opened) == (True, 1, LAST, "first connection")
    cells = read(kept, journal.frozen, 1)
    assert set(cells["metric"]) == {"response_rate", "calls_to_understanding", "won_in_time", "churn"}
    for dimension in ("industry", "size"):
        for metric in set(cells["metric"]):
            last = frozen_through(usual.metric(metric), LAST, usual.company.rules)
            counted = usual.tally(metric, sunday(LAST), by=(dimension,)).frame
            counted = counted[counted["week"] <= pd.Timestamp(last)]
            mine = cells[(cells["dimension"] == dimension) & (cells["metric"] == metric)]
            keys = ["week", "segment", "band"]
            both = [f.set_index(keys)[["trials", "successes"]].sort_index() for f in (mine, counted)]
            pd.testing.assert_frame_equal(both[0], both[1], check_names=False)
    assert NOT_SET in set(cells.loc[cells["dimension"] == "industry", "segment"])


@pytest.mark.parametrize(
    ("metric", "days"), [("response_rate", 28), ("calls_to_understanding", 21), ("churn", 37), ("won_in_time", 35)]
)
def test_a_week_is_frozen_once_it_has_settled(usual: Small, metric: str, days: int) -> None:
    """A week is frozen in the first refresh week whose Sunday lies its metric's maturity + 7 days after its own."""
    asked, rules = usual.metric(metric), usual.company.rules
    last = frozen_through(asked, LAST, rules)
    assert sunday(last) + timedelta(days=days) <= sunday(LAST)
    assert sunday(last + WEEK) + timedelta(days=days) > sunday(LAST)


def test_the_past_is_marked_reconstructed(usual: Small, begun: sa.Engine) -> None:
    """Verdicts of the weeks before the first connection are written and marked; those made in time are not."""
    refreshed(usual, begun, EARLIER + WEEK)
    weeks = read(begun, journal.refreshes).set_index("week")
    assert list(weeks.index) == [pd.Timestamp(w) for w in weeks_from(weeks.index[0].date(), EARLIER + WEEK)]
    weekly = weeks.index[weeks["kind"] == "weekly"]
    assert list(weekly) == [pd.Timestamp(EARLIER), pd.Timestamp(EARLIER + WEEK)]
    told = read(begun, journal.history)
    assert set(told.loc[told["kind"] == "reconstructed", "week"]) == set(weeks.index) - set(weekly)
    assert len(told) == len(weeks) * len(read(begun, journal.registry))


def test_a_week_nobody_refreshed_is_reconstructed(usual: Small, begun: sa.Engine) -> None:
    """Weeks that went by without a refresh are written by the next one, and marked."""
    done = refreshed(usual, begun, LAST)
    assert done.weeks == 3
    kinds = read(begun, journal.refreshes).set_index("week")["kind"]
    assert list(kinds.iloc[-3:]) == ["reconstructed", "reconstructed", "weekly"]


def test_a_week_is_refreshed_once(usual: Small, begun: sa.Engine) -> None:
    """The second refresh of a week asks the warehouse nothing and writes nothing; an earlier week is not made up."""
    before = everything(begun)
    deaf = replace(usual.warehouse, relations={})
    for day in (sunday(EARLIER), sunday(EARLIER) + timedelta(days=6), sunday(EARLIER) - timedelta(days=70)):
        done = refresh(deaf, usual.company, begun, day, "a test")
        assert (done.done, done.epoch, done.week) == (False, 1, EARLIER)
    assert everything(begun) == before


def test_week_by_week_is_the_same_as_at_once(usual: Small, kept: sa.Engine, tmp_path: Path) -> None:
    """Where no row comes late, freezing week by week gives the counts and verdicts that freezing at once gives."""
    for week in weeks_from(EARLIER, LAST):
        refreshed(usual, kept, week)
    once = journal.open_journal(f"sqlite:///{tmp_path / 'once.sqlite'}")
    refreshed(usual, once, LAST)
    pd.testing.assert_frame_equal(read(kept, journal.frozen, 1), read(once, journal.frozen, 1))
    columns = ["dimension", "segment", "week", "state", "since", "log_e_any", "log_e_two", "threshold"]
    pd.testing.assert_frame_equal(read(kept, journal.history)[columns], read(once, journal.history)[columns])


def test_a_refresh_asks_only_for_what_can_still_change(
    usual: Small, begun: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a later week every metric is asked for once, from a few weeks before the last that was frozen."""
    asked = []
    real = refresh.__globals__["count"].__globals__["tally_each"]

    def noted(warehouse: Warehouse, its: Company, metric: Any, by: Any, *span: Any) -> Any:
        asked.append((metric, tuple(by), span))
        return real(warehouse, its, metric, by, *span)

    monkeypatch.setitem(refresh.__globals__["count"].__globals__, "tally_each", noted)
    refreshed(usual, begun, EARLIER + WEEK, company=replace(usual.company, look_back_weeks=5))
    assert len({metric.name for metric, _, _ in asked}) == len(asked) == 4
    for metric, by, (as_of, first, until) in asked:
        week = frozen_through(metric, EARLIER + WEEK, usual.company.rules)
        assert (by, as_of) == (("industry", "size"), sunday(EARLIER + WEEK))
        assert (first, until) == (week - 5 * WEEK, sunday(week))


def test_a_row_that_comes_very_late_is_noticed_once_a_month(
    usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf
) -> None:
    """What moved before the weeks that are looked at again is noticed with --full, as in the first week of a month."""
    frames = company(USUAL)
    late = frames["touches"].copy()
    first = late.index[late["replied_at"].isna() & (frames["accounts"]["industry"] == "Banks")][0]
    late.loc[first, "replied_at"] = late.loc[first, "sent_at"] + pd.Timedelta(days=2)
    other = warehouse_of(changed(frames, "touches", late), **SETTINGS)
    short = replace(other.company, look_back_weeks=5)
    assert refreshed(other, begun, EARLIER + WEEK, company=short).restated == 0
    assert refreshed(other, begun, EARLIER + 2 * WEEK, company=short, full=True).restated == 2
    assert (EARLIER + WEEK).month == (EARLIER + 2 * WEEK).month == EARLIER.month


def test_later_data_never_change_what_was_said(usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf) -> None:
    """Rows that come late for a frozen week change neither its frozen counts nor any verdict that was written."""
    before = everything(begun)
    frames = company(USUAL)
    late = frames["touches"].assign(replied_at=frames["touches"]["sent_at"] + pd.Timedelta(days=2))
    refreshed(warehouse_of(changed(frames, "touches", late), **SETTINGS), begun, LAST)
    after = everything(begun)
    for table, rows in before.items():
        assert set(map(str, rows)) <= set(map(str, after[table]))


def test_a_late_row_is_noticed_once(usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf) -> None:
    """An answer that comes late for a frozen week is kept as then and now, once, and again when it moves again."""
    frames = company(USUAL)
    silent = frames["touches"]["replied_at"].isna() & (frames["accounts"]["industry"] == "Banks")
    week = MONDAY + 4 * WEEK
    mine = frames["touches"].index[silent & frames["touches"]["sent_at"].between(pd.Timestamp(week),
                                   pd.Timestamp(week + WEEK), inclusive="left")]

    def answered(number: int) -> Small:
        late = frames["touches"].copy()
        late.loc[mine[:number], "replied_at"] = late.loc[mine[:number], "sent_at"] + pd.Timedelta(days=2)
        return warehouse_of(changed(frames, "touches", late), **SETTINGS)

    one = answered(1)
    assert refreshed(one, begun, EARLIER + WEEK).restated == 2
    assert refreshed(one, begun, EARLIER + 2 * WEEK).restated == 0
    assert refreshed(answered(2), begun, LAST).restated in (2, 3)
    rows = read(begun, journal.restatements, 1)
    banks = rows[rows["segment"] == "Banks"].reset_index(drop=True)
    assert list(banks["week"]) == [pd.Timestamp(week)] * 2
    assert set(rows["kind"]) == {"late"}
    assert set(rows["metric"]) == {"response_rate"}
    assert set(rows["dimension"]) == {"industry", "size"}
    then = banks["then_successes"].astype(int)
    assert list(banks["now_successes"].astype(int) - then) == [1, 2]
    assert list(banks["now_trials"]) == list(banks["then_trials"])
    assert then.nunique() == 1


def test_a_reclassified_account_is_noticed(
    usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf
) -> None:
    """An account that changed its segment moves no total, and is told from rows that came late."""
    frames = company(USUAL)
    first = frames["accounts"].index[frames["accounts"]["industry"] == "Banks"][150]
    moved = frames["accounts"].copy()
    moved.loc[first, "industry"] = "Retail"
    other = warehouse_of(changed(frames, "accounts", moved), **SETTINGS)
    assert refreshed(other, begun, EARLIER + WEEK).restated > 0
    rows = read(begun, journal.restatements, 1)
    assert set(rows["kind"]) == {"reclassified"}
    assert set(rows["segment"]) == {"Banks", "Retail"}
    moves = rows["now_trials"].astype(int) - rows["then_trials"].astype(int)
    assert moves.groupby([rows["metric"], rows["week"]]).sum().eq(0).all()


def test_a_table_that_fails_stops_the_refresh(usual: Small, kept: sa.Engine) -> None:
    """While a table cannot be read nothing is frozen: what is frozen without it could never be mended."""
    touches = replace(usual.warehouse.relations["touches"], status="failed", why="no such column")
    broken = replace(usual.warehouse, relations={**usual.warehouse.relations, "touches": touches})
    with pytest.raises(WarehouseError, match="touches cannot be read, so no week is frozen: no such column"):
        refresh(broken, usual.company, kept, sunday(LAST), "a test")
    assert read(kept, journal.refreshes).empty


def test_nothing_is_refreshed_past_the_end_of_the_data(usual: Small, kept: sa.Engine) -> None:
    """Where data end, weeks after it are not frozen as if nothing had happened in them."""
    through = usual.warehouse.data_through
    assert through is not None
    done = refresh(usual.warehouse, usual.company, kept, through + timedelta(days=90), "a test")
    assert done.week == week_due(through)


def test_where_there_is_nothing_to_judge_it_says_why(warehouse_of: WarehouseOf, kept: sa.Engine) -> None:
    """Without a watched dimension, a metric or a settled week nothing is written, and the outcome says which."""
    frames = company(USUAL, weeks=2)
    young = warehouse_of(frames, today=sunday(MONDAY + 2 * WEEK), **SETTINGS)
    undeclared = warehouse_of(frames)
    accounts = warehouse_of({"accounts": frames["accounts"]}, **SETTINGS)
    for small, said in ((young, "settled"), (undeclared, "no dimension is watched"), (accounts, "no metric")):
        done = refresh(small.warehouse, small.company, kept, sunday(MONDAY + 2 * WEEK), "a test")
        assert said in done.why
        assert not done.done
    assert read(kept, journal.refreshes).empty


def test_a_dimension_that_is_not_there_is_left_out(usual: Small, kept: sa.Engine) -> None:
    """A watched dimension the warehouse lacks is named, and the other is judged."""
    other = replace(usual.company, dimensions=tuple(usual.company.dimension(n) for n in ("sector", "size")))
    done = refreshed(usual, kept, LAST, other)
    assert "'sector' is not a dimension" in done.left_out[0]
    assert set(read(kept, journal.registry)["dimension"]) == {"size"}


def test_a_stray_date_is_no_beginning() -> None:
    """A week that lies more than a year before all others does not start the clock."""
    weeks = [date(1970, 1, 5), *weeks_from(date(2024, 1, 1), date(2024, 3, 4))]
    assert beginning(weeks) == date(2024, 1, 1)
    assert beginning([date(2023, 2, 6), *weeks[1:]]) == date(2023, 2, 6)


def test_a_short_verdict_says_what_a_full_one_says(usual: Small, kept: sa.Engine) -> None:
    """What is written of reconstructed weeks agrees with the full verdict in all it says."""
    refreshed(usual, kept, LAST)
    cells, registry = read(kept, journal.frozen, 1), read(kept, journal.registry, 1)
    weeks = [week.date() for week in read(kept, journal.refreshes)["week"]]
    metrics = [usual.metric(n) for n in ("response_rate", "calls_to_understanding", "won_in_time", "churn")]
    told = judged(cells, registry, metrics, weeks, usual.company.rules, None, cells.iloc[:0].assign(account_id=""))
    for week in weeks[3::9]:
        rows = told.verdicts[told.verdicts["week"] == pd.Timestamp(week)].to_dict("records")
        short, full = journal.plain(headline(told, week, rows)), journal.plain(verdict_of(told, week))
        assert set(short) == set(full)
        said = set(short) - {"thesis", "wait", "enough_in", "small"}
        assert {name: short[name] for name in said} == {name: full[name] for name in said}
