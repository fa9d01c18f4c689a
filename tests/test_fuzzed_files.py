"""Files that are not what they should be: a sentence and an exit code, or rows set aside with a reason."""

from __future__ import annotations

import io
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import ANY

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import ROOT, run

from gtm_metrics.company import SETTINGS, Refused, Setting, read_company

VALUES = (
    "99999999999999999999999", "-1", "nan", "inf", "-inf", "1e400", "true", '"x"', "[]", "{}", "[1, 2]", '["a", "a"]',
    "1979-05-27", "1979-05-27T07:32:00Z", '""', "[[1]]", "{a={b=1}}", r'"\u0000"', r'["\u202e"]', "[{}]",
    "{dimension=1}", '{"a"=[nan]}', '{"a"=["x"]}', "[nan]", "[99999999999999999999999]", f'"{"x" * 10_000}"',
)  # fmt: skip
"""What TOML can say in place of any setting."""
PIECES = (b'"', b"[", b"]", b"\n", b"= ", b"9" * 20, b"nan", b"{}", b"1979-05-27", b"\xff", b"\x00", b"[" * 6)


def refusal(file: Path) -> str:
    """What is said of a settings file; '' where it is read."""
    try:
        read_company(file, {})
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("setting", SETTINGS, ids=[s.key for s in SETTINGS])
def test_a_setting_of_any_kind_is_taken_or_refused_by_name(tmp_path: Path, setting: Setting) -> None:
    """26 values of every kind that TOML knows: read, or refused with the file and the setting's section."""
    section, name = setting.key.split(".", 1)
    file = tmp_path / "gtm.toml"
    for value in VALUES:
        file.write_text(f"[{section}]\n{name} = {value}\n", encoding="utf-8")
        said = refusal(file)
        assert not said or said.startswith(f"gtm.toml: {section}"), value
        assert len(said) < 12_000


def spoiled(rng: random.Random, whole: bytes) -> bytes:
    """The bytes with some of them changed, taken out, put in, or the end cut off."""
    spoilt = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(spoilt) + 1)
        match rng.randrange(4):
            case 0:
                spoilt[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del spoilt[at : at + rng.randint(1, 40)]
            case 2:
                spoilt[at:at] = rng.choice(PIECES)
            case _:
                del spoilt[max(at, len(spoilt) // 2) :]
    return bytes(spoilt)


def test_spoiled_settings_are_read_or_refused(tmp_path: Path) -> None:
    """The shipped gtm.toml, spoiled in 200 ways: read, or refused with the file's name."""
    rng, whole = random.Random(3), (ROOT / "gtm.toml").read_bytes()
    for _ in range(200):
        (tmp_path / "gtm.toml").write_bytes(spoiled(rng, whole))
        said = refusal(tmp_path / "gtm.toml")
        assert not said or said.startswith("gtm.toml")


ACCOUNTS = b"account_id,name,industry,employees,created_on\n" + b"".join(
    f"A{n},Name {n},Retail,{n * 10},2025-01-{n:02d}\n".encode() for n in range(1, 29)
)
DEALS = b"opportunity_id,account_id,created_at,closed_at,outcome,amount\n" + b"".join(
    f"O{n},A{n},2025-02-{n:02d},2025-03-{n:02d},won,{n * 100}\n".encode() for n in range(1, 29)
)
CONFIG = '[segments]\ndimensions = ["industry", "employees"]\n[segments.edges]\nemployees = [50, 200]\n'


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    """The rows as a Parquet file."""
    held = pa.BufferOutputStream()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), held)
    return bytes(held.getvalue())


def packed(text: bytes) -> bytes:
    """A CSV as Parquet."""
    return parquet(pd.read_csv(io.BytesIO(text)))


def loaded(folder: Path, **files: bytes) -> tuple[int, str]:
    """(exit code, stderr) of a load of these files; one that goes well has counted every row."""
    files_in = folder / "files"
    files_in.mkdir(exist_ok=True)
    for old in files_in.iterdir():
        old.unlink()
    for name, content in files.items():
        (files_in / name.replace("__", ".")).write_bytes(content)
    config = folder / "gtm.toml"
    config.write_text(CONFIG, encoding="utf-8")
    ran = run(folder / "its.duckdb", "load", files_in, "--format", "json", "--as-of", "2026-06-30", config=config)
    assert ran.code in (0, 1)
    if ran.code:
        assert "gtm-metrics: " in ran.err
    return ran.code, ran.err


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_spoiled_files_are_loaded_or_refused(tmp_path: Path, kind: str) -> None:
    """Deals spoiled in 25 ways: loaded, or refused with a sentence; a load that is refused leaves what was there."""
    rng = random.Random(5)
    whole = DEALS if kind == "csv" else packed(DEALS)
    assert loaded(tmp_path, accounts__csv=ACCOUNTS, **{f"opportunities__{kind}": whole})[0] == 0
    for _ in range(25):
        before = (tmp_path / "its.duckdb").resolve()
        content = spoiled(rng, whole)
        code, err = loaded(tmp_path, accounts__csv=ACCOUNTS, **{f"opportunities__{kind}": content})
        if code:
            assert (tmp_path / "its.duckdb").resolve() == before, err
    with duckdb.connect(str(tmp_path / "its.duckdb"), read_only=True) as con:
        assert con.sql("select count(*) from gtm.accounts").fetchone() == (28,)


@pytest.mark.parametrize("day", ["-infinity", "0000-01-01", "-5000-01-01", "290000-01-01", "infinity", "9999-12-31"])
def test_days_of_no_calendar_break_nothing(tmp_path: Path, day: str) -> None:
    """Before the first year a day is none, and a required one sets its row aside; one far ahead has not come yet."""
    deals = DEALS + f"O29,A1,{day},2025-03-01,won,1\nO30,A2,2025-02-01,{day},lost,1\n".encode()
    header = "subscription_id,account_id,started_on,ended_on,mrr"
    spells = f"{header}\nS1,A1,2025-04-01,{day},10\nS2,A2,{day},,10\n".encode()
    assert loaded(tmp_path, accounts__csv=ACCOUNTS, opportunities__csv=deals, subscriptions__csv=spells) == (0, ANY)
    its, config = tmp_path / "its.duckdb", tmp_path / "gtm.toml"
    for command in (("funnel", "--by", "industry", "--weeks", "all"), ("customers",), ("check", "--format", "json")):
        ran = run(its, *command, config=config)
        assert ran.code == 0, (command, ran.err)
    aside = {row["table"]: row["reasons"] for row in ran.rows}
    before = day.startswith(("-", "0"))
    ahead = {"in the future of the load": 1}
    assert aside["opportunities"] == (
        {"unreadable created_at": 1, "outcome without closed_at": 1} if before else ahead
    )
    assert aside["subscriptions"] == ({"unreadable started_on": 1} if before else ahead)


D = date(2025, 2, 1)
ODD = {
    "a structure for an amount": {"amount": [{"x": 1}, {"x": 2}]},
    "a list for an id": {"opportunity_id": [["O1"], ["O2"]]},
    "a map for an outcome": {"outcome": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64()))},
    "no number and infinity": {"amount": [float("nan"), float("inf")]},
    "a decimal of 60 digits": {"amount": pa.array([Decimal(10**60), Decimal(1)], pa.decimal256(70, 0))},
    "an unsigned of 64 bits": {"amount": pa.array([2**64 - 1, 1], pa.uint64())},
    "bytes for an id": {"opportunity_id": [b"\xff\xfe", b"O2"]},
    "bytes for an outcome": {"outcome": [b"\xff", b"won"]},
    "instants of the year 33658 and before all": {"created_at": pa.array([10**18, -(10**18)], pa.timestamp("us"))},
    "the last and the first instant": {"closed_at": pa.array([2**63 - 1, -(2**63) + 1], pa.timestamp("us"))},
    "a time of day for a day": {"closed_at": pa.array([1, 2], pa.time64("us"))},
    "yes and no for a day": {"closed_at": [True, False]},
    "nothing for a day": {"closed_at": pa.nulls(2)},
    "a float that is no number for an id": {"account_id": [float("nan"), 1e300]},
    "names of columns": {"\"; drop table gtm.accounts; --": [1, 2], "a\nb": [1, 2], "": [1, 2], "x" * 300: [1, 2]},
}


@pytest.mark.parametrize("columns", ODD.values(), ids=ODD)
def test_parquet_of_any_type_is_counted(tmp_path: Path, columns: dict[str, object]) -> None:
    """Loaded, every row used or set aside with a reason, and the funnel answers."""
    plain = {"opportunity_id": ["O1", "O2"], "account_id": ["A1", "A2"], "created_at": [D, D], "closed_at": [D, D],
             "outcome": ["won", "lost"], "amount": [1.0, 2.0]}  # fmt: skip
    deals = parquet(pa.table({**plain, **columns}))
    assert loaded(tmp_path, accounts__csv=ACCOUNTS, opportunities__parquet=deals) == (0, ANY)
    its, config = tmp_path / "its.duckdb", tmp_path / "gtm.toml"
    assert run(its, "funnel", "--by", "industry", "--weeks", "all", config=config).code == 0
    rows = {row["table"]: row for row in run(its, "check", "--format", "json", config=config).rows}
    assert rows["opportunities"]["rows_used"] + sum(rows["opportunities"]["reasons"].values()) == 2
