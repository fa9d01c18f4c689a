"""Berlin's clock goes back and forth: an instant is the same however it is written, days and weeks are those of UTC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from conftest import Small, WarehouseOf

from gtm_metrics.company import read_company
from gtm_metrics.warehouse import connect

pytestmark = pytest.mark.xdist_group("one PostgreSQL")
BERLIN, TODAY = "Europe/Berlin", date(2026, 6, 30)
TOUCHES = (
    # half past two comes twice in that night, an hour apart; the answer to the first comes before the second
    ("first", "2025-10-26T02:30:00+02:00", "2025-10-26T02:10:00+01:00"),
    ("second", "2025-10-26T02:30:00+01:00", None),
    # already Monday in Berlin, still Sunday in UTC; the other way round the week begins an hour later by the clock
    ("late", "2025-10-27T00:30:00+01:00", None),
    ("monday", "2025-10-27T01:00:00+01:00", "2025-11-10T00:30:00+01:00"),
    ("spring", "2026-03-30T01:30:00+02:00", "2026-03-30T01:35:00+02:00"),
    ("april", "2026-03-30T02:00:00+02:00", None),
)
"""Account, when it was written to and when it answered, by the clock on Berlin's walls."""
WEEKS = {"2025-10-20": (3, 1), "2025-10-27": (1, 1), "2026-03-23": (1, 1), "2026-03-30": (1, 0)}
"""By the week's Monday in UTC, who was written to and who answered: counted by hand."""


@pytest.fixture(params=["UTC", BERLIN, "America/New_York"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine that this process runs on."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def frames(*, zone: str | None) -> dict[str, pd.DataFrame]:
    """The company's tables: instants without a zone in UTC, or as text with the offset of the clock of `zone`."""
    def written(text: str | None) -> object:
        if text is None:
            return None
        at = datetime.fromisoformat(text).astimezone(ZoneInfo(zone or "UTC"))
        return at.isoformat() if zone else at.replace(tzinfo=None)

    rows = [(account, written(sent), written(replied)) for account, sent, replied in TOUCHES]
    touches = pd.DataFrame(rows, columns=["account_id", "sent_at", "replied_at"])
    accounts = pd.DataFrame({"account_id": touches["account_id"], "industry": "Retail"})
    return {"accounts": accounts, "touches": touches.assign(touch_id="t " + touches["account_id"])}


def asked_at(folder: Path, url: str) -> Small:
    """A warehouse that nobody loaded, asked in place."""
    (folder / "gtm.toml").write_text("", encoding="utf-8")
    company = read_company(folder / "gtm.toml", {"GTM_WAREHOUSE": url})
    return Small(connect(company, TODAY), company)


def in_berlin(server: servers.Postgres, folder: Path) -> Small:
    """PostgreSQL whose database and role live in Berlin, its instants with a zone."""
    plain = frames(zone=None)
    url = server.create("daylight", plain, zone=BERLIN)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = url.rpartition("/")[2]
        connection.execute(sa.text(f"alter database \"{name}\" set timezone = '{BERLIN}'"))
    engine.dispose()
    return asked_at(folder, url)


def in_a_file(folder: Path) -> Small:
    """A DuckDB file of somebody's own, its instants with a zone."""
    with duckdb.connect(str(folder / "own.duckdb")) as con:
        con.execute(f"set TimeZone = '{BERLIN}'")
        for name, frame in frames(zone=BERLIN).items():
            con.register("given", frame)
            con.execute(f"create table {name} as select * from given")
            con.unregister("given")
        for column in ("sent_at", "replied_at"):
            con.execute(f"alter table touches alter column {column} type timestamptz")
    return asked_at(folder, f"duckdb:///{folder / 'own.duckdb'}")


@pytest.mark.parametrize("kept", ["plain", "berlin", "new york", "file", "postgresql"])
def test_an_instant_is_the_same_however_it_is_written(
    request: pytest.FixtureRequest, machine: str, warehouse_of: WarehouseOf, tmp_path: Path, kept: str
) -> None:
    """Loaded without a zone or with the offsets of two, asked in a DuckDB file or in a PostgreSQL that lives in Berlin,
    from a machine in any zone: the weeks, the answers across the change, and what was known on that Sunday."""
    if kept == "postgresql":
        small = in_berlin(request.getfixturevalue("server"), tmp_path)
    elif kept == "file":
        small = in_a_file(tmp_path)
    else:
        zone = {"plain": None, "berlin": BERLIN, "new york": "America/New_York"}[kept]
        small = warehouse_of(frames(zone=zone), TODAY)
    weeks = small.tally("response_rate", TODAY, keys=("week",)).closed
    found = {f"{row.week:%Y-%m-%d}": (row.trials, row.successes) for row in weeks.itertuples() if row.trials}
    assert found == WEEKS, machine
    then = small.tally("response_rate", date(2025, 10, 26), keys=("week",))
    assert then.frame["trials"].sum() == WEEKS["2025-10-20"][0]
    assert small.warehouse.data_through == date(2026, 3, 30)
