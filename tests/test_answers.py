"""What the warehouse answered is kept, and shown with its age when it does not answer; never more than may be kept."""

from __future__ import annotations

import os
import stat
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from gtm_metrics.warehouse import WarehouseAway, WarehouseError
from gtm_metrics.warehouse.answers import ENDING, Answers, NeverAsked, within

ENGINE = sa.create_engine("duckdb:///:memory:")
QUERY = sa.select(sa.literal(3).label("three"))
FRAME = pd.DataFrame(
    {
        "week": pd.to_datetime(["2026-11-09", "2026-11-16"]).astype("datetime64[us]"),
        "segment": ["Retail", None],
        "trials": pd.Series([3, 4], dtype="int64"),
        "mrr": [Decimal("1.50"), None],
        "on": [date(2026, 11, 9), None],
        "at": pd.to_datetime(["2026-11-09 10:00", "2026-11-16 11:00"], utc=True),
        "share": [0.5, float("nan")],
        "won": [True, False],
    }
)


def answers(folder: Path, most_bytes: int = 10**6, patience: float = 20, away: str = "") -> Answers:
    return Answers(folder / "answers", "its", most_bytes, patience, away=away)


def asked(one: Answers, frame: pd.DataFrame = FRAME, query: sa.Select[tuple[int]] = QUERY) -> pd.DataFrame:
    return one.read(ENGINE, query, lambda: frame)


def never() -> pd.DataFrame:
    raise AssertionError("the warehouse was asked")


@pytest.mark.parametrize("frame", [FRAME, FRAME.iloc[:0]], ids=["rows", "no rows"])
def test_what_was_read_is_shown_when_the_warehouse_is_away(tmp_path: Path, frame: pd.DataFrame) -> None:
    """The same columns, types and values, and when they were read; the warehouse is not asked."""
    before = datetime.now(UTC)
    asked(answers(tmp_path), frame)
    later = answers(tmp_path, away="it is away")
    pd.testing.assert_frame_equal(later.read(ENGINE, QUERY, never), frame)
    assert later.oldest is not None
    assert before <= later.oldest <= datetime.now(UTC)


def test_the_age_that_is_told_is_that_of_the_oldest(tmp_path: Path) -> None:
    """Of two answers that are shown the older one counts."""
    first, second = (sa.select(sa.literal(n).label("n")) for n in (1, 2))
    one = answers(tmp_path)
    asked(one, query=first)
    between = datetime.now(UTC)
    asked(one, query=second)
    later = answers(tmp_path, away="it is away")
    for query in (second, first, second):
        later.read(ENGINE, query, never)
    assert later.oldest is not None
    assert later.oldest <= between


def test_what_was_never_asked_is_no_number(tmp_path: Path) -> None:
    """Another value in the same SQL, and another connection's, are other questions."""
    asked(answers(tmp_path))
    with pytest.raises(NeverAsked, match="db is down"):
        answers(tmp_path, away="db is down").read(ENGINE, sa.select(sa.literal(4).label("three")), never)
    with pytest.raises(NeverAsked):
        Answers(tmp_path / "answers", "other", 10**6, 20, away="x").read(ENGINE, QUERY, never)


def test_a_broken_file_counts_as_none(tmp_path: Path) -> None:
    """Cut short, empty or something else: ignored and counted, and written anew by the next answer."""
    asked(answers(tmp_path))
    (file,) = (tmp_path / "answers").iterdir()
    whole = file.read_bytes()
    later = answers(tmp_path, away="x")
    for broken in (whole[: len(whole) // 2], b"", b"something else", whole.replace(b"read_at", b"read_by")):
        file.write_bytes(broken)
        with pytest.raises(NeverAsked):
            later.read(ENGINE, QUERY, never)
    assert later.broken == 4
    asked(answers(tmp_path))
    pd.testing.assert_frame_equal(later.read(ENGINE, QUERY, never), FRAME)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """Files are 0600 in a folder of 0700: they hold customers' names."""
    asked(answers(tmp_path))
    (file,) = (tmp_path / "answers").iterdir()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (file, file.parent)] == [0o600, 0o700]


def test_the_oldest_go_where_they_are_too_many(tmp_path: Path) -> None:
    """Past the bound the oldest are removed, whosever they are, and no more of them than must be."""
    one = answers(tmp_path)
    queries = [sa.select(sa.literal(n).label("n")) for n in range(6)]
    for query in queries:
        asked(one, query=query)
    files = sorted((tmp_path / "answers").glob(f"*{ENDING}"), key=lambda each: each.stat().st_mtime_ns)
    for n, file in enumerate(files):
        os.utime(file, (n, n))
    room = sum(file.stat().st_size for file in files[-3:])
    other = Answers(tmp_path / "answers", "other", room, 20)
    asked(other)
    left = {file.name for file in (tmp_path / "answers").iterdir()}
    assert left & {file.name for file in files} == {file.name for file in files[-2:]}
    assert len(left) == 3


def test_nothing_is_kept_where_nothing_may_be(tmp_path: Path) -> None:
    """0 megabytes: no file, no folder."""
    asked(answers(tmp_path, most_bytes=0))
    assert not (tmp_path / "answers").exists()


def test_what_cannot_be_kept_is_answered_all_the_same(tmp_path: Path) -> None:
    """A column of everything at once, or a file where the folder should be: the answer comes, and no file."""
    odd = pd.DataFrame({"odd": [1, "two", object()]})
    pd.testing.assert_frame_equal(asked(answers(tmp_path), odd), odd)
    (tmp_path / "file").write_text("no folder")
    asked(Answers(tmp_path / "file", "its", 10**6, 20))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_first_one_kept_is_told_once(tmp_path: Path) -> None:
    """Whoever keeps what the answers rest on hears of the first, and of no other."""
    heard: list[int] = []
    one = Answers(tmp_path, "its", 10**6, 20, lambda: heard.append(1))
    asked(one)
    asked(one)
    assert heard == [1]


def test_a_slow_answer_is_not_waited_for_where_one_is_kept(tmp_path: Path) -> None:
    """Without a kept one it is waited for; with one only as long as patience lasts, and what comes later is kept."""

    late = threading.Event()

    def slow() -> pd.DataFrame:
        late.wait(60)
        return FRAME.head(1)

    one = answers(tmp_path, patience=0.05)
    threading.Timer(0.3, late.set).start()
    assert len(one.read(ENGINE, QUERY, slow)) == 1
    asked(one)
    late.clear()
    with pytest.raises(WarehouseAway, match=r"it had no answer within 0\.05 seconds"):
        one.read(ENGINE, QUERY, slow)
    late.set()
    end = time.monotonic() + 60
    while len(answers(tmp_path, away="slow").read(ENGINE, QUERY, never)) > 1:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_within_hands_on_what_happens() -> None:
    """A result is returned and an error raised as if it had been called."""
    assert within(5, lambda: 3) == 3

    def wrong() -> int:
        raise WarehouseError("no such column")

    with pytest.raises(WarehouseError, match="no such column"):
        within(5, wrong)


def test_a_question_is_called_alike_whatever_was_asked_before(tmp_path: Path) -> None:
    """A file's name follows from the SQL and its values alone: not from values of the same SQL that came before, nor
    from which process asks."""
    def of(n: int) -> sa.Select[tuple[int]]:
        held = sa.select(sa.column("a"), sa.literal(n).label("n")).select_from(sa.table("t"))
        more = sa.column("b") > sa.bindparam("least")
        return held.where(sa.column("a").in_([n, 2 * n]), more).params(least=n).limit(n)

    one = answers(tmp_path)
    names = [one._file(ENGINE, of(n)) for n in (1, 2, 3, 2)]
    assert names[1] == names[3]
    assert len(set(names)) == 3
    assert names == [one._file(sa.create_engine("duckdb:///:memory:"), of(n)) for n in (1, 2, 3, 2)]
