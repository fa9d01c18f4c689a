"""The accounts a lead leans on: the right ones are asked for, and kept where the fifth gate needs them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from refreshes import (
    EARLIER,
    LAST,
    SETTINGS,
    changed,
    company,
    read,
    refreshed,
)

from gtm_metrics import journal
from gtm_metrics.refresh.accounts import leaned_on
from gtm_metrics.refresh.calendar import frozen_through
from gtm_metrics.signal.columns import sign_of
from gtm_metrics.weeks import WEEK, sunday

pytestmark = pytest.mark.xdist_group("refreshes")


@pytest.mark.parametrize("metric", ["response_rate", "calls_to_understanding", "won_in_time", "churn"])
def test_the_accounts_a_lead_leans_on(usual: Small, metric: str) -> None:
    """Per metric they are the three with the most observed - expected in the segment's favour, with all their cells."""
    asked = usual.metric(metric)
    last = frozen_through(asked, LAST, usual.company.rules)
    counted = usual.tally(metric, sunday(LAST), by=("industry",)).frame
    cells = counted[counted["week"] <= pd.Timestamp(last)].assign(dimension="industry")
    none = pd.DataFrame({"segment": [], "account_id": []}, dtype="object")
    found = leaned_on(usual.warehouse, usual.company, [asked], "industry", ["Schools"], LAST, cells, none, 3)
    rates = cells.groupby(["week", "band"])[["trials", "successes"]].sum()
    own = everybody(usual, metric, last)
    expected = own["trials"] * (rates["successes"] / rates["trials"]).reindex(own[["week", "band"]]).to_numpy()
    favour = (sign_of(asked) * (own["successes"] - expected)).groupby(own["account_id"]).sum().round(9)
    best = favour.reset_index(name="favour").sort_values(["favour", "account_id"], ascending=[False, True])
    names = list(best["account_id"].head(3))
    assert sorted(set(found["account_id"])) == sorted(names)
    keys = ["account_id", "week", "band"]
    both = [f[f["account_id"].isin(names)].groupby(keys)[["trials", "successes"]].sum() for f in (found, own)]
    pd.testing.assert_frame_equal(both[0], both[1])


def everybody(small: Small, metric: str, last: date) -> pd.DataFrame:
    """account_id | week | band | trials | successes of the Schools, from the rows behind the number."""
    rows = small.rows(metric, sunday(LAST), segment=("Schools",), by=("industry",))
    if metric == "churn":
        weeks = [pd.date_range(a, b, freq="7D") for a, b in zip(rows["first_week"], rows["last_week"], strict=True)]
        rows = rows.assign(week=weeks).explode("week")
        at_end = (rows["successes"] > 0) & (rows["week"] == rows["last_week"])
        rows = rows.assign(trials=1, successes=at_end.astype("int64"), week=rows["week"].astype("datetime64[us]"))
    return rows[rows["week"] <= pd.Timestamp(last)]


def test_accounts_are_kept_for_a_segment_that_came_far_enough(
    warehouse_of: WarehouseOf, kept: sa.Engine
) -> None:
    """Accounts are kept of a segment whose evidence on two metrics reached 10 to 1, and later weeks add to them."""
    frames = company({"Retail": 0.05, "Banks": 0.05, "Schools": 0.9, "Clinics": 0.05})
    schools = set(frames["accounts"].query("industry == 'Schools'")["account_id"])
    calls = frames["calls"].assign(understood=frames["calls"]["account_id"].isin(schools))
    small = warehouse_of(changed(frames, "calls", calls), **SETTINGS)
    refreshed(small, kept, EARLIER)
    first = read(kept, journal.frozen_accounts, 1)
    assert set(first["segment"]) == {"Schools"}
    assert set(first["metric"]) == {"response_rate", "calls_to_understanding", "won_in_time", "churn"}
    assert first["account_id"].nunique() <= 12
    gates = read(kept, journal.verdicts).set_index("segment").loc["Schools", "gates"]
    assert "without_top_account" in gates
    refreshed(small, kept, EARLIER + WEEK)
    second = read(kept, journal.frozen_accounts, 1)
    assert len(second.merge(first)) == len(first)
    assert second["week"].max() > first["week"].max()
