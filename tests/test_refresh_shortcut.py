"""The file beside the journal saves a refresh its work and nothing else: without it every verdict is the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from refreshes import EARLIER, LAST, SETTINGS, USUAL, company, read, refreshed

from gtm_metrics import journal
from gtm_metrics.refresh import act, shortcut
from gtm_metrics.weeks import WEEK

TOLD = ["state", "since", "log_e_any", "log_e_two", "threshold", "fading", "weeks_to_decide", "reopened_before"]


@pytest.fixture(scope="module")
def usual(warehouse_of: WarehouseOf) -> Small:
    """The company that is refreshed."""
    return warehouse_of(company(USUAL), **SETTINGS)


@pytest.fixture(scope="module")
def first(usual: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a journal in which one week was refreshed, and the file beside it."""
    folder = tmp_path_factory.mktemp("first")
    kept = journal.open_journal(f"sqlite:///{folder / 'kept.sqlite'}")
    assert refreshed(usual, kept, EARLIER).done
    kept.dispose()
    return folder


@pytest.fixture(scope="module")
def expected(usual: Small, first: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the next week says where the file was deleted before it."""
    folder = tmp_path_factory.mktemp("without")
    kept = journal.open_journal(f"sqlite:///{shutil.copy(first / 'kept.sqlite', folder / 'kept.sqlite')}")
    assert not (folder / "kept.carried.npz").exists()
    refreshed(usual, kept, EARLIER + WEEK)
    return read(kept, journal.history)


@pytest.fixture
def begun(first: Path, tmp_path: Path) -> sa.Engine:
    """A copy of that journal and of the file."""
    for file in first.iterdir():
        shutil.copy(file, tmp_path)
    return journal.open_journal(f"sqlite:///{tmp_path / 'kept.sqlite'}")


def the_same(kept: sa.Engine, expected: pd.DataFrame) -> None:
    """Every verdict ever written is as expected, gates and estimates included."""
    found = read(kept, journal.history)
    pd.testing.assert_frame_equal(found[TOLD], expected[TOLD], rtol=1e-9)
    assert found["gates"].tolist() == expected["gates"].tolist()
    for one, other in zip(found["metrics"], expected["metrics"], strict=True):
        assert (one is None) == (other is None)
        for name in one or {}:
            a, b = ({**each[name], **each[name]["odds_ratio"], "odds_ratio": None} for each in (one, other))
            for key, value in a.items():
                number = isinstance(value, float) and isinstance(b[key], float)
                assert value == (pytest.approx(b[key], rel=1e-9, abs=1e-12) if number else b[key]), (name, key)


def test_the_next_week_goes_on_from_the_file(
    usual: Small, begun: sa.Engine, expected: pd.DataFrame, tmp_path: Path
) -> None:
    """A refresh leaves it, the next one starts from it, says what it would without, and leaves its own."""
    file = tmp_path / "kept.carried.npz"
    before = shortcut.known_from(file)
    assert set(before) == {"industry", "size"}
    refreshed(usual, begun, EARLIER + WEEK)
    the_same(begun, expected)
    after = shortcut.known_from(file)
    assert [after[name].columns - before[name].columns for name in before] == [1, 1]
    assert [path.name for path in tmp_path.glob("*.new")] == []


def cut_short(file: Path) -> None:
    """Ends in the middle."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_byte_off(file: Path) -> None:
    """A disk's mistake amid the numbers."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))


def nonsense(file: Path) -> None:
    """No such file at all."""
    file.write_bytes(b"it was a dark and stormy night")


def empty(file: Path) -> None:
    """Nothing."""
    file.write_bytes(b"")


def a_folder(file: Path) -> None:
    """A folder in its place: it can be neither read nor written."""
    file.unlink()
    file.mkdir()


def of_another_program(file: Path) -> None:
    """Left by another version, which may have worked things out otherwise."""
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files}
    for name, values in arrays.items():
        if name.endswith(("wealth", "log_e_better")):
            arrays[name] = values + 7.0
    np.savez(str(file), **{**arrays, "code": np.array("another")})  # type: ignore[arg-type]


@pytest.mark.parametrize("harm", [cut_short, one_byte_off, nonsense, empty, a_folder, of_another_program])
def test_a_file_that_is_no_good_changes_nothing(
    usual: Small, begun: sa.Engine, expected: pd.DataFrame, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """Cut short, damaged, empty, something else, or left by another version: the week is judged as without it."""
    harm(tmp_path / "kept.carried.npz")
    assert refreshed(usual, begun, EARLIER + WEEK).done
    the_same(begun, expected)


def test_a_file_of_another_past_is_not_used(
    usual: Small, begun: sa.Engine, warehouse_of: WarehouseOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of another company under the journal's name: nothing of it is gone on with."""
    other = warehouse_of(company({**USUAL, "Schools": 0.1}, seed=6), **SETTINGS)
    elsewhere = journal.open_journal(f"sqlite:///{tmp_path / 'other.sqlite'}")
    refreshed(other, elsewhere, EARLIER)
    (tmp_path / "other.carried.npz").replace(tmp_path / "kept.carried.npz")
    gone_on = []
    plain = act.judged

    def watched(*given: object) -> object:
        found = plain(*given)  # type: ignore[arg-type]
        gone_on.extend(name for name, one in found.comparisons.items() if one.before)
        return found

    monkeypatch.setattr(act, "judged", watched)
    refreshed(usual, begun, EARLIER + WEEK)
    assert gone_on == []
    refreshed(usual, begun, LAST)
    assert set(gone_on) == {"industry", "size"}


def test_where_the_file_lies(usual: Small, tmp_path: Path) -> None:
    """Beside a SQLite journal; of one on a server in data beside gtm.toml, without its password; in memory nowhere."""
    at = sa.make_url(f"sqlite:///{tmp_path / 'demo.journal.sqlite'}")
    assert shortcut.file_of(at, usual.company) == tmp_path / "demo.journal.carried.npz"
    assert shortcut.file_of(sa.make_url("sqlite://"), usual.company) is None
    told = {shortcut.file_of(sa.make_url(f"postgresql://u:{word}@db/x"), usual.company) for word in ("a", "b")}
    assert len(told) == 1
    assert told != {shortcut.file_of(sa.make_url("postgresql://u:a@db/y"), usual.company)}
    assert shortcut.known_from(tmp_path / "none.npz") == {}
    shortcut.keep_in(tmp_path / "no such folder" / "x.carried.npz", {})
    shortcut.keep_in(None, {})
