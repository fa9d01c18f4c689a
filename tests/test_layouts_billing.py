"""Billing and the add-ons against the demo company: what its own tables say comes back through each layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from layouts import airbyte_stripe, fivetran_stripe, gong, outreach, salesloft, zendesk
from layouts.beside import Frames, in_postgresql, loaded

from gtm_metrics import demo
from gtm_metrics.doctor import ties

pytestmark = pytest.mark.xdist_group("billing layouts")


@dataclass(frozen=True)
class Written:
    """A table of ours in a layout: who writes it, what is set aside, which of our columns the layout cannot say.

    metrics  what is counted from the table, and must come back to the integer
    """

    layout: str
    table: str
    frames: Callable[[Frames], dict[str, pd.DataFrame]]
    aside: dict[str, int]
    unsaid: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


OUTREACH = {"table": "touches", "unsaid": ("direction",), "metrics": ("response_rate",)}
WAYS: dict[str, Written] = {
    "fivetran_stripe": Written("fivetran_stripe", "subscriptions", fivetran_stripe.written,
                               fivetran_stripe.SET_ASIDE, metrics=("churn",)),
    "airbyte_stripe": Written("airbyte_stripe", "subscriptions", airbyte_stripe.written, airbyte_stripe.SET_ASIDE,
                              metrics=("churn",)),
    "outreach by Fivetran": Written("outreach", frames=outreach.written, aside=outreach.SET_ASIDE, **OUTREACH),
    "outreach by Airbyte": Written("outreach", frames=outreach.by_airbyte, **OUTREACH,
                                   aside={**outreach.SET_ASIDE, "deleted in Outreach": 0}),
    "outreach by sequence": Written("outreach", frames=outreach.by_sequence, aside=outreach.SET_ASIDE, **OUTREACH),
    "salesloft": Written("salesloft", frames=salesloft.written, aside=salesloft.SET_ASIDE, **OUTREACH),
    "gong": Written("gong", "calls", gong.written, gong.SET_ASIDE, metrics=("calls_to_understanding",)),
    "zendesk": Written("zendesk", "tickets", zendesk.written, zendesk.SET_ASIDE),
}
WORDS = {"understood_trackers": [gong.TRACKER]}


@pytest.fixture(scope="module")
def plain(warehouse_of: WarehouseOf) -> dict[str, pd.DataFrame]:
    """Of 300 of the demo's accounts the rows that are used, those that a sequencer, Gong and a help desk may know."""
    names = ("accounts", "opportunities", "subscriptions", "touches", "calls", "tickets")
    company = demo.company("winner")
    some = pd.concat([company["subscriptions"], company["accounts"]])["account_id"].drop_duplicates().head(300)
    small = warehouse_of({name: company[name][company[name]["account_id"].isin(some)] for name in names}, demo.AS_OF)
    rows = {name: small.warehouse.read(sa.text(f"select * from gtm.{name}")) for name in names}
    touches, calls = rows["touches"], rows["calls"]
    rows["touches"] = touches[(touches["channel"] == "email") & touches["direction"].eq("outbound")]
    rows["calls"] = calls[calls["understood"].notna()]
    return {name: frame.reset_index(drop=True) for name, frame in rows.items()}


@pytest.fixture(scope="module")
def own(plain: dict[str, pd.DataFrame], warehouse_of: WarehouseOf) -> Small:
    """Those rows in our own tables: what every layout is held against."""
    return warehouse_of(plain, demo.AS_OF)


@pytest.fixture(scope="module")
def database(server: servers.Postgres) -> str:
    """A database of a private PostgreSQL."""
    return server.create("company", {})


def beside(plain: Frames, table: str) -> dict[str, pd.DataFrame]:
    """Our own tables without the one that a layout gives."""
    return {name: frame for name, frame in plain.items() if name != table}


def part_of(plain: Frames, customers: int) -> dict[str, pd.DataFrame]:
    """What there is of the first customers."""
    some = set(plain["subscriptions"]["account_id"].drop_duplicates().head(customers))
    return {name: frame[frame["account_id"].isin(some)].reset_index(drop=True) for name, frame in plain.items()}


def same_rows(small: Small, way: Written, expected: pd.DataFrame) -> None:
    """The used rows are those of the demo, in every column that the layout can say; what it cannot is empty."""
    relation = small.warehouse.relations[way.table]
    assert relation.status == "ok", relation.why
    got = small.warehouse.read(sa.select(small.warehouse.source(way.table)))
    key = relation.table.key[0]
    got[key] = got[key].str.removeprefix("sub_")
    got, expected = (frame.set_index(key).sort_index() for frame in (got, expected))
    assert list(got.index) == list(expected.index)
    for column in expected:
        if column in way.unsaid:
            assert not relation.has(column)
        elif column == "mrr":
            assert got[column].to_numpy() == pytest.approx(expected[column].to_numpy(), abs=1e-6, nan_ok=True)
        else:
            left, right = got[column], expected[column]
            if pd.api.types.is_datetime64_any_dtype(right):
                left = pd.to_datetime(left)
            assert ((left == right) | (left.isna() & right.isna())).fillna(False).all(), column


def counted(small: Small, metric: str) -> list[tuple[Any, ...]]:
    """A metric by industry, week and band, as sorted rows."""
    told = small.tally(metric, demo.AS_OF, by=("industry",))
    assert told.status == "ok", told.why
    return sorted(told.frame.astype("str").itertuples(index=False, name=None))


@pytest.mark.parametrize("name", WAYS)
def test_the_demo_comes_back(name: str, plain: dict[str, pd.DataFrame], own: Small, tmp_path: Any) -> None:
    """Row by row and count by count, as our own tables say it; every decoy is set aside under its own reason."""
    way = WAYS[name]
    frames = way.frames(plain)
    small = loaded(tmp_path, beside(plain, way.table), way.layout, frames, demo.AS_OF, WORDS)
    same_rows(small, way, plain[way.table])
    relation = small.warehouse.relations[way.table]
    reasons = {reason: n for reason, n in way.aside.items() if n}
    if name == "fivetran_stripe":
        reasons["older version"] = int((~frames["subscription_history"]["_fivetran_active"]).sum())
    assert dict(relation.reasons) == reasons
    assert relation.rows_read == relation.rows_used + sum(reasons.values())
    if way.table == "subscriptions":
        (tie,) = [tie for tie in ties(small.warehouse, small.company) if tie.label == "Active subscriptions"]
        assert (tie.here, tie.unexplained) == (int(plain["subscriptions"]["ended_on"].isna().sum()), 0)
    for metric in way.metrics:
        assert counted(small, metric) == counted(own, metric)


@pytest.mark.parametrize("name", WAYS)
def test_postgresql_tells_the_same(name: str, plain: dict[str, pd.DataFrame], database: str, tmp_path: Any) -> None:
    """A part of the company in PostgreSQL, in the connector's types, gives the same rows."""
    way = WAYS[name]
    part = part_of(plain, 40)
    small = in_postgresql(tmp_path, database, beside(part, way.table), way.layout, way.frames(part), demo.AS_OF, WORDS)
    same_rows(small, way, part[way.table])
    assert set(small.warehouse.relations[way.table].reasons) >= {reason for reason, n in way.aside.items() if n}


def test_the_view_of_nested_items(plain: dict[str, pd.DataFrame], database: str, tmp_path: Any) -> None:
    """Where items are synced within subscriptions alone, the view that docs/layouts.md gives hands them on."""
    page = (Path(__file__).parent.parent / "docs" / "layouts.md").read_text(encoding="utf-8")
    view = page[page.index("create view stripe.subscription_items_flat") :].split("\n\n")[0]
    way = replace(WAYS["airbyte_stripe"], frames=airbyte_stripe.nested)
    part = part_of(plain, 40)
    small = in_postgresql(tmp_path, database, beside(part, way.table), way.layout, way.frames(part), demo.AS_OF,
                          view=view)
    same_rows(small, way, part[way.table])
