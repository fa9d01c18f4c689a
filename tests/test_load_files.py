"""Files as they come: separators, encodings, line ends, broken lines, Parquet; what a load reads of them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics.sources import SHIPPED, naming
from gtm_metrics.warehouse import WarehouseError
from gtm_metrics.warehouse.build import Facts, load_folder
from gtm_metrics.warehouse.delimited import encoding_of, first_record, mended, told_apart
from gtm_metrics.warehouse.files import stage_folder

TODAY = date(2026, 6, 30)
OWN = naming(SHIPPED / "own")
ACCOUNTS = "account_id,name,industry\nA1,Acme,Retail\n"


@dataclass(frozen=True)
class Loaded:
    """What a load of a folder gave: its facts, what it said, and a way to ask the file it made."""

    facts: Facts
    said: list[str]
    target: Path

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with duckdb.connect(str(self.target), read_only=True) as con:
            return con.execute(query).fetchall()


Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """(**files) -> Loaded: files by name, with __ for the dot, text or bytes; accounts are there unless given."""
    folder = tmp_path / "files"
    folder.mkdir()

    def loaded(**files: str | bytes) -> Loaded:
        if not any(name.startswith("accounts__") for name in files):
            files["accounts__csv"] = ACCOUNTS
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name.replace("__", ".")).write_bytes(data)
        said: list[str] = []
        facts = load_folder(folder, tmp_path / "target.duckdb", SHIPPED / "own", TODAY, set(), said.append)
        return Loaded(facts, said, tmp_path / "target.duckdb")

    return loaded


Stage = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """(accounts.csv or .csv.gz, said) -> the rows of the table that it becomes, in order, before anything is judged."""
    (tmp_path / "scratch").mkdir()

    def staged(said: list[str] | None = None, **files: str | bytes) -> list[tuple[Any, ...]]:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / name.replace("__", ".")).write_bytes(data)
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as staging")
            say = ([] if said is None else said).append
            read = stage_folder(con, tmp_path, OWN, tmp_path / "scratch", say)["own"]
            assert read.broken == {}
            return con.execute("select * from staging.accounts").fetchall()

    return staged


def parquet(**columns: Any) -> bytes:
    """A Parquet file of these columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_separators_and_line_ends(stage: Stage, mark: str, end: str) -> None:
    """Four separators and three line ends give the same rows, quoted separators, quotes and line ends included."""
    cells = [["account_id", "name", "industry"], ["A1", f'"Ac{mark}me ""x"""', "Retail"],
             ["A2", '"two\nlines"', "Bank"]]
    rows = stage(accounts__csv=end.join(mark.join(row) for row in cells) + end)
    assert rows == [("A1", f'Ac{mark}me "x"', "Retail"), ("A2", "two\nlines", "Bank")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_encodings(stage: Stage, encoding: str, packed: bool) -> None:
    """UTF-8 and UTF-16 with and without a byte order mark, and Western text, packed or not, keep their letters."""
    sign = "\x81" if encoding == "latin-1" else "€" if encoding == "cp1252" else "中"
    data = f"account_id,name\nA1,Café {sign}\n".encode(encoding)
    said: list[str] = []
    rows = stage(said, accounts__csv__gz=gzip.compress(data)) if packed else stage(said, accounts__csv=data)
    assert rows == [("A1", f"Café {sign}")]
    assert any("not in UTF-8" in line for line in said) is (not encoding.startswith("utf-8"))


def test_lines_that_end_in_two_ways(load: Load) -> None:
    """A file glued together from two systems, with CRLF and LF line ends, is read whole."""
    got = load(accounts__csv="account_id,name\r\nA1,x\nA2,y\r\nA3,z\n")
    assert got.ask("select count(*) from gtm.accounts") == [(3,)]
    assert got.facts["accounts"]["reasons"] == {}


def test_broken_lines_are_counted(load: Load) -> None:
    """A line with too few or too many values is an unreadable line of every table that reads the file first."""
    got = load(touches__csv="touch_id,account_id,sent_at\n"
                            "T1,A1,2026-01-05\nT2,A1\nT3,A1,2026-01-06,x,y\nT4,A1,2026-01-07\n")
    touches = got.facts["touches"]
    assert touches["rows_read"] == 4
    assert touches["reasons"] == {"unreadable line": 2}
    assert got.ask("select touch_id from gtm.touches order by 1") == [("T1",), ("T4",)]


def test_a_quote_never_closed_breaks_one_line(load: Load) -> None:
    """A quote that nobody closed costs its own line, not the rows after it, and quoted line ends still hold."""
    got = load(accounts__csv='account_id,name\nA1,x\nA2,"never closed\nA3,y\nA4,"two\nlines"\nA5,"q" z\nA6,"7"\n')
    assert got.ask("select account_id from gtm.accounts order by 1") == [("A1",), ("A3",), ("A4",), ("A6",)]
    assert got.facts["accounts"]["rows_read"] == 6
    assert got.facts["accounts"]["reasons"] == {"unreadable line": 2}


def test_broken_lines_in_a_long_file(load: Load) -> None:
    """Among 20,000 lines, some with quoted line ends, exactly the broken ones are counted and every other is there."""
    lines = [f'T{i},A1,2026-01-05,"a\nb"\n' if i % 7 == 0 else f"T{i},A1,2026-01-05,mail\n" for i in range(20_000)]
    lines[100], lines[10_000], lines[19_999] = "x\n", "a,b,c,d,e,f\n", "y,z\n"
    got = load(touches__csv="touch_id,account_id,sent_at,channel\n" + "".join(lines))
    assert got.facts["touches"]["rows_read"] == 20_000
    assert got.facts["touches"]["reasons"] == {"unreadable line": 3}


WRITTEN = st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x000123456789"), max_size=12),
                            min_size=3, max_size=3), min_size=1, max_size=8)


@given(cells=WRITTEN, mark=st.sampled_from([",", ";", "\t", "|"]), end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=20, deadline=None)
def test_both_readers_read_what_was_written(tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]],
                                            mark: str, end: str) -> None:
    """Whatever text a correct file holds, both readers hand it on as it was and find no broken line."""
    folder = tmp_path_factory.mktemp("cells")
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([["a1", "b1", "c1"], *cells])
    assert mended(folder / "accounts.csv", mark, 3, folder / "mended.csv") == 0
    with (folder / "mended.csv").open(encoding="utf-8", newline="") as handle:
        assert list(csv.reader(handle, delimiter=mark)) == [["a1", "b1", "c1"], *cells]
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as staging")
        staged = stage_folder(con, folder, OWN, folder, lambda _line: None)["own"]
        assert staged.broken == {}
        read = con.execute("select a1, b1, c1 from staging.accounts").fetchall()
    assert read == [tuple(cell or None for cell in row) for row in cells]


@pytest.mark.parametrize(("mark", "written", "read"), [
    (";", ["3,6667", "1.234,50", "-7"], ["3.6667", "1234.50", "-7"]),
    (";", ["3.5", "12.25", "-7"], ["3.5", "12.25", "-7"]),
    ("|", ["1 234,5", "0,5", "10"], ["1234.5", "0.5", "10"]),
    (",", ["1,234.50", "12", "-1,000,000"], ["1234.50", "12", "-1000000"]),
    (",", ["3.5", "0.25", "1e3"], ["3.5", "0.25", "1e3"]),
    (";", ["1,5", "Smith, Jones", ""], ["1,5", "Smith, Jones", None]),
    (",", ["1,5", "1,234", ""], ["1,5", "1,234", None]),
], ids=["decimal commas", "decimal points", "blank thousands", "thousands", "plain", "words", "neither"])
def test_numbers_as_people_write_them(stage: Stage, mark: str, written: list[str], read: list[str | None]) -> None:
    """Decimal commas and parted thousands are numbers, in columns that hold nothing else; all other text stays."""
    rows = "".join(f'A{i}{mark}"{value}"\n' for i, value in enumerate(written))
    assert [value for _, value in stage(accounts__csv=f"account_id{mark}amount\n{rows}")] == read


INSTANTS = {
    "2026-03-01T23:30:00+02:00": datetime(2026, 3, 1, 21, 30),
    "2026-03-01T23:30:00Z": datetime(2026, 3, 1, 23, 30),
    "2026-03-01T23:30:00.000+0000": datetime(2026, 3, 1, 23, 30),
    "2026-03-01 23:30:00 UTC": datetime(2026, 3, 1, 23, 30),
    "2026-03-01 23:30:00.123456": datetime(2026, 3, 1, 23, 30, 0, 123456),
    "2026-03-01 23:30:00-05:00": datetime(2026, 3, 2, 4, 30),
    "2026-03-01": datetime(2026, 3, 1),
}


def test_instants_are_utc(load: Load) -> None:
    """An instant with an offset becomes the UTC instant; one without is UTC already."""
    rows = "".join(f"{i},A1,{written}\n" for i, written in enumerate(INSTANTS))
    got = load(touches__csv=f"touch_id,account_id,sent_at\n{rows}")
    assert [read for (read,) in got.ask("select sent_at from gtm.touches order by touch_id")] == list(INSTANTS.values())


def test_an_instant_that_says_nothing_is_set_aside(load: Load) -> None:
    """A required instant in no known form sets its row aside with a reason of its own; it is never guessed."""
    rows = "".join(f"{at},A1,{at}\n" for at in ("1772407800", "03/01/2026", "2026-13-01", "soon", "2026-01-05"))
    got = load(touches__csv=f"touch_id,account_id,sent_at\n{rows}")
    assert got.facts["touches"]["reasons"] == {"unreadable sent_at": 4}


def test_empty_cells_are_no_value(load: Load) -> None:
    """Empty, quoted empty and blank cells are missing, in text as in dates; a required one sets its row aside."""
    got = load(touches__csv='touch_id,account_id,sent_at,channel,replied_at\nT1,A1,2026-01-05,"",\n'
                            'T2,A1,2026-01-05,  ,"  "\nT3,A1,,mail,\n,A1,2026-01-05,mail,\n')
    assert got.ask("select channel, replied_at from gtm.touches") == [(None, None), (None, None)]
    assert got.facts["touches"]["reasons"] == {"no sent_at": 1, "null key": 1}


def test_a_file_with_a_header_only(load: Load) -> None:
    """A file without rows is a connected table without rows, not a missing one."""
    got = load(touches__csv="touch_id,account_id,sent_at\n")
    assert (got.facts["touches"]["status"], got.facts["touches"]["rows_read"]) == ("ok", 0)
    assert got.facts["calls"]["status"] == "not_connected"


@pytest.mark.parametrize("content", [b"", b"\n", b",,\n1,2,3\n"], ids=["empty", "blank", "no names"])
def test_a_file_without_column_names_is_refused(load: Load, content: bytes) -> None:
    """A file that does not name its columns stops the load with its name in the sentence."""
    with pytest.raises(WarehouseError, match=r"accounts\.csv.*column"):
        load(accounts__csv=content)


def test_columns_named_twice_or_not_at_all(load: Load) -> None:
    """Of two columns of one name the first keeps it and the second gets a number; one without a name is left out."""
    got = load(accounts__csv=",account_id,Region,region,\n0,A1,North,South,\n")
    assert got.facts["accounts"]["attributes"] == {"region": "text", "region_2": "text"}
    assert got.ask("select region, region_2 from gtm.accounts") == [("North", "South")]
    assert any("region more than once" in line for line in got.said)
    assert any("without a name" in line for line in got.said)
    assert told_apart(["a", "A ", "a_2", "b"]) == ["a", "A _2", "a_2_2", "b"]


def test_names_as_a_crm_writes_them(load: Load) -> None:
    """Case, underscores, blanks and signs in names do not matter, and facts say what was found where."""
    got = load(**{"accounts__csv": 'Account ID,Created On,"Marketing Tool"\nA1,2026-01-02,X\n',
                  "NPS-Responses__csv": "AccountID,answeredAt,SCORE\nA1,2026-01-05,9\n"})
    assert ["account_id", "accounts", "Account ID"] in got.facts["accounts"]["found"]
    assert ["marketing_tool", "accounts", "Marketing Tool"] in got.facts["accounts"]["found"]
    assert ["answered_at", "NPS_Responses", "answeredAt"] in got.facts["nps_responses"]["found"]
    assert got.facts["nps_responses"]["rows_read"] == 1


def test_files_nobody_asks_for_are_named_and_left_alone(load: Load, tmp_path: Path) -> None:
    """Other files and folders, even unreadable ones, are named and not read."""
    (tmp_path / "files" / "old").mkdir()
    got = load(notes__pdf=b"%PDF", budget__csv=b"", broken__parquet=b"PAR1", accounts__csv=ACCOUNTS)
    line = next(line for line in got.said if "not read" in line)
    assert line.endswith("broken.parquet, budget.csv, notes.pdf, old/")


def test_two_files_of_one_table_are_refused(load: Load) -> None:
    """A CSV and a Parquet file, or a packed one, of the same table stop the load: nobody can say which counts."""
    with pytest.raises(WarehouseError, match=r"accounts\.csv and accounts\.parquet would both be the table accounts"):
        load(accounts__csv=ACCOUNTS, accounts__parquet=parquet(account_id=["A1"]))
    with pytest.raises(WarehouseError, match=r"accounts\.csv and accounts\.csv\.gz"):
        load(accounts__csv=ACCOUNTS, accounts__csv__gz=gzip.compress(ACCOUNTS.encode()))


@pytest.mark.parametrize(("name", "content"), [
    ("touches__parquet", b"something else entirely"), ("touches__csv__gz", b"something else entirely"),
    ("touches__csv__gz", gzip.compress(ACCOUNTS.encode() * 99)[:-20]), ("touches__csv", b"\xff\xfe\x00"),
    ("touches__csv", b"PK\x03\x04" + bytes(range(256)).replace(b"\n", b"").replace(b"\r", b"") * 999),
], ids=["no Parquet", "no gzip", "half a gzip", "half a letter", "one endless line"])
def test_a_file_that_is_not_what_it_says_is_refused(load: Load, name: str, content: bytes) -> None:
    """A file that is no Parquet, no gzip, cut off or no text at all stops the load with its name."""
    with pytest.raises(WarehouseError, match=name.replace("__", r"\.") + " cannot be read"):
        load(**{name: content})


def test_parquet_keeps_types(load: Load) -> None:
    """Zoned and nanosecond instants, decimals, dictionaries and booleans of a Parquet file arrive as what they are."""
    zoned = pa.array(pd.to_datetime(["2026-03-01T23:30:00+02:00"]).tz_convert("America/New_York"))
    got = load(
        accounts__parquet=parquet(account_id=["A1"], industry=pa.array(["Retail"]).dictionary_encode(),
                                  employees=pa.array([250], pa.int32()), paying=[True], since=[date(2025, 1, 1)]),
        opportunities__parquet=parquet(
            opportunity_id=["O1"], account_id=["A1"], created_at=zoned,
            closed_at=pa.array([1_772_494_200_123_456_789], pa.timestamp("ns")), outcome=["won"],
            amount=pa.array([pa.scalar("1234.50").as_py()]).cast(pa.decimal128(10, 2))))
    assert got.facts["accounts"]["attributes"] == {
        "industry": "text", "employees": "number", "paying": "boolean", "since": "date"}
    assert got.ask("select created_at, closed_at, amount from gtm.opportunities") == [
        (datetime(2026, 3, 1, 21, 30), datetime(2026, 3, 2, 23, 30, 0, 123456), 1234.5)]


def test_ids_keep_every_digit(load: Load) -> None:
    """Ids longer than any number and ids with leading zeros stay as they are written, so that tables meet."""
    ids = ["0012", "12", "123456789012345678901234567890", "12345678901234567"]
    got = load(accounts__csv="account_id\n" + "".join(f"{i}\n" for i in ids),
               touches__csv="touch_id,account_id,sent_at\n" + "".join(f"{i},{i},2026-01-05\n" for i in ids))
    assert sorted(i for (i,) in got.ask("select account_id from gtm.touches")) == sorted(ids)
    assert got.facts["touches"]["reasons"] == {}


def test_number_ids_of_parquet_meet_text_ids(load: Load) -> None:
    """An id that is an integer in one Parquet file, a float in a second and text in a CSV file is one id."""
    got = load(accounts__csv="account_id\n7\n123456789012345678\n",
               touches__parquet=parquet(touch_id=[1, 2], account_id=[7, 123456789012345678],
                                        sent_at=["2026-01-05"] * 2),
               tickets__parquet=parquet(ticket_id=[1.0, 2.0], account_id=[7.0, None], opened_at=["2026-01-05"] * 2))
    assert got.facts["touches"]["reasons"] == {}
    assert got.ask("select ticket_id, account_id from gtm.tickets") == [("1", "7")]


def test_the_separator_is_the_one_that_parts_the_header(tmp_path: Path) -> None:
    """Separators within quoted names do not count, and a file of one column needs none."""
    file = tmp_path / "x.csv"
    file.write_text('"a,b,c";d;"e|f"\n', encoding="utf-8")
    assert first_record(file) == (";", ["a,b,c", "d", "e|f"])
    file.write_text("only\n1\n", encoding="utf-8")
    assert first_record(file)[1] == ["only"]
    assert encoding_of(file) == "utf-8-sig"


def test_nothing_to_load(tmp_path: Path) -> None:
    """A folder that is none, or that holds nothing the layout asks for, is said in a sentence."""
    with duckdb.connect() as con:
        with pytest.raises(WarehouseError, match="is not a folder"):
            stage_folder(con, tmp_path / "nowhere", OWN, tmp_path, print)
        (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
        with pytest.raises(WarehouseError, match="file that the layout asks for"):
            stage_folder(con, tmp_path, OWN, tmp_path, print)
