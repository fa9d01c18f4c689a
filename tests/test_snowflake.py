"""One company in DuckDB and in Snowflake, spoken to over HTTP: the same counts, and nothing but SELECT leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import emulation
import pytest
import sqlalchemy as sa
from places import Place, answers, counts, facts, place_of, same
from tightened import tightened
from untidy import TODAY

from gtm_metrics.metrics import metric_named
from gtm_metrics.warehouse import Warehouse, WarehouseError, connect
from gtm_metrics.warehouse.door import open_engine, read


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A company with every dirty kind of row, understanding recorded on calls."""
    return place_of("untidy 1", tmp_path_factory.mktemp("untidy"))


@pytest.fixture(scope="module")
def warehouse(emulated: emulation.Snowflake, place: Place) -> Iterator[Warehouse]:
    """That company in Snowflake."""
    connected = place.at(emulated.create("UNTIDY", place.frames))
    yield connected
    connected.engine.dispose()


def test_snowflake_counts_as_duckdb_does(place: Place, warehouse: Warehouse) -> None:
    """Every fact, count, measure, list and row of the embedded warehouse, to the integer and in the same types."""
    assert warehouse.engine.dialect.name == "snowflake"
    same(answers(place, warehouse), place.embedded())


def test_the_other_rule_of_understanding_counts_the_same(emulated: emulation.Snowflake, tmp_path: Path) -> None:
    """Understanding recorded on opportunities: the facts and the calls are the embedded warehouse's."""
    place = place_of("untidy 2", tmp_path)
    found = place.at(emulated.create("OTHER", place.frames))
    embedded = place.at(place.embedded_url())
    calls = metric_named("calls_to_understanding")
    same(facts(place, found) | counts(place, found, calls), facts(place, embedded) | counts(place, embedded, calls))
    found.engine.dispose()


def test_what_stands_behind_tightening_is_the_same(place: Place, warehouse: Warehouse) -> None:
    """Accounts left to win, where the work goes, whom one may name, overlaps: as the embedded warehouse has them."""
    expected = tightened(place.at(place.embedded_url()), place.settings)
    same(tightened(warehouse, place.settings), expected)
    assert all(len(frame) > 0 for frame in expected.values())


def test_only_selects_leave(emulated: emulation.Snowflake, place: Place, warehouse: Warehouse) -> None:
    """After all of that: no statement but a SELECT was sent, not even a ROLLBACK, save how the connector opens."""
    sent = emulated.told()["statements"]
    assert len(sent) > 50
    opening = "ALTER SESSION SET autocommit=true"
    assert not [text for text in sent if not text.lower().startswith(("select ", "with ")) and text != opening]


def test_a_session_is_told_role_warehouse_tag_time_and_week(emulated: emulation.Snowflake, place: Place) -> None:
    """The login carries role, warehouse, database and schema; its session is in UTC, tagged, timed, from Monday."""
    company = replace(place.settings, url=emulated.create("TOLD", place.frames), timeout_seconds=7, query_tag="board")
    connect(company, TODAY).engine.dispose()
    login = emulated.told()["logins"][-1]
    expected = {"TIMEZONE": "UTC", "WEEK_START": "1", "STATEMENT_TIMEOUT_IN_SECONDS": "7", "QUERY_TAG": "board"}
    assert expected.items() <= {name: str(value) for name, value in login["SESSION_PARAMETERS"].items()}.items()
    assert {"databaseName": "TOLD", "schemaName": "GTM", "warehouse": "GTM_WH", "roleName": "GTM_READER"}.items() <= (
        login["asked"].items())


def key_pair(folder: Path) -> Path:
    """A new private key as Snowflake wants it, PKCS#8, in a file that only its owner reads."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pkcs8 = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption())
    file = folder / "reader.p8"
    file.write_bytes(pkcs8)
    file.chmod(0o600)
    return file


def login_of(emulated: emulation.Snowflake, url: str) -> dict[str, Any]:
    """What was sent to log in at a URL."""
    engine = open_engine(url)
    assert read(engine, sa.text("select 1 as one"))["one"].tolist() == [1]
    engine.dispose()
    found: dict[str, Any] = emulated.told()["logins"][-1]
    return found


def test_a_private_key_logs_in_by_a_signed_token(emulated: emulation.Snowflake, tmp_path: Path) -> None:
    """A private_key_file alone means key-pair authentication: a token signed by it is sent, never the key."""
    file = key_pair(tmp_path)
    login = login_of(emulated, emulated.url("KEYS", authenticator="snowflake_jwt", private_key_file=str(file)))
    assert login["AUTHENTICATOR"] == "SNOWFLAKE_JWT"
    assert login["TOKEN"].count(".") == 2
    assert file.read_text().splitlines()[1] not in str(login)


@pytest.mark.parametrize(("way", "sent"), [("programmatic_access_token", "PROGRAMMATIC_ACCESS_TOKEN"),
                                           ("oauth", "OAUTH")])
def test_a_token_logs_in_from_the_url_or_from_a_file(emulated: emulation.Snowflake, tmp_path: Path, way: str,
                                                     sent: str) -> None:
    """A programmatic access token and an OAuth token reach the login as they are, from either place."""
    (tmp_path / "token").write_text("from-a-file")
    (tmp_path / "token").chmod(0o600)
    for place in ({"token": "from-the-url"}, {"token_file_path": str(tmp_path / "token")}):
        login = login_of(emulated, emulated.url("TOKENS", authenticator=way, **place))
        assert (login["AUTHENTICATOR"], login["TOKEN"]) == (sent, "from-the-url" if "token" in place else "from-a-file")


def test_a_url_without_an_account_takes_the_connectors_own_connection(
    emulated: emulation.Snowflake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """snowflake:// means the default of connections.toml, with our session: also how it is within Snowflake."""
    file = tmp_path / "connections.toml"
    file.write_text(f'[own]\naccount = "org-account"\nuser = "app"\nhost = "127.0.0.1"\nport = {emulated.port}\n'
                    'protocol = "http"\nauthenticator = "oauth"\ntoken = "inside"\ndatabase = "OWN"\nschema = "GTM"\n')
    file.chmod(0o600)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "own")
    login = login_of(emulated, "snowflake://")
    assert (login["LOGIN_NAME"], login["TOKEN"], login["asked"]["databaseName"]) == ("app", "inside", "OWN")
    assert login["SESSION_PARAMETERS"]["QUERY_TAG"] == "gtm-metrics"


def test_a_statement_that_outlives_its_time_is_told_in_words(emulated: emulation.Snowflake) -> None:
    """Snowflake stops it by STATEMENT_TIMEOUT_IN_SECONDS; the error says the seconds and the setting."""
    engine = open_engine(emulated.url("SLOW"), 2)
    with pytest.raises(WarehouseError, match=r"^the warehouse had no answer after 2 seconds .*warehouse\.timeout"):
        read(engine, sa.text("select system$wait(30)"), 2)
    engine.dispose()


def test_a_token_that_is_refused_is_not_repeated(emulated: emulation.Snowflake) -> None:
    """A login that Snowflake refuses: its reason is told, the token and the rest of the URL are not."""
    engine = open_engine(emulated.url("REFUSED", authenticator="programmatic_access_token", token="revoked"))
    with pytest.raises(WarehouseError, match="access token is invalid") as refusal:
        read(engine, sa.text("select 1"))
    assert "revoked" not in str(refusal.value)
    assert "revoked" not in str(refusal.value.__cause__)


def test_a_table_that_is_not_there_is_told_by_name(emulated: emulation.Snowflake) -> None:
    """Snowflake's own reason comes through in one line."""
    engine = open_engine(emulated.url("EMPTY"))
    with pytest.raises(WarehouseError, match=r"refuses what is asked of it: .*NOWHERE") as refusal:
        read(engine, sa.text("select * from nowhere"))
    assert "\n" not in str(refusal.value)
    engine.dispose()


def test_whole_numbers_of_any_width_and_decimals_are_plain(emulated: emulation.Snowflake) -> None:
    """Snowflake sends a column as wide as its values need and sums as decimals: int64, float64, dates and text come."""
    engine = open_engine(emulated.url("TYPES"))
    sql = ("select cast(1 as number(38, 0)) as a, cast(1.5 as number(10, 2)) as b, sum(cast(3 as number(38, 0))) as c, "
           "cast('2026-03-04' as date) as d, cast('2026-03-04 10:30' as timestamp_ntz) as e, true as f, 'x' as g, "
           "cast(null as number) as h")
    frame = read(engine, sa.text(sql))
    engine.dispose()
    assert [str(kind) for kind in frame.dtypes][:3] == ["int64", "float64", "int64"]
    assert frame.iloc[0].tolist()[:3] == [1, 1.5, 3]
    assert (frame["d"][0].date(), str(frame["e"][0])) == (date(2026, 3, 4), "2026-03-04 10:30:00")
    assert (bool(frame["f"][0]), frame["g"][0], frame["h"].isna().all()) == (True, "x", True)
