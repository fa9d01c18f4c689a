"""gtm-metrics deck: the files it writes, what it says of them, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import apps
import decks
import openpyxl
import pytest
from commands import Ran, run

from gtm_metrics import deck

pytestmark = pytest.mark.xdist_group("decks")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """A small company with a journal of its own."""
    shared = apps.shared_folder(tmp_path_factory)
    return apps.with_journal(shared, "small", tmp_path_factory.mktemp("deck"), ("industry",))


def asked(app: apps.App, *words: str | Path, url: str = "") -> Ran:
    """The command on the company, or on a warehouse at another address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTM_JOURNAL", app.journal)
        return run(url or app.url, "deck", *words, "--format", "json", config=app.config)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the deck is printed first."""
    return tmp_path_factory.mktemp("printed") / "board.pptx"


@pytest.fixture(scope="module")
def printed(app: apps.App, file: Path) -> Ran:
    """The deck as it was printed first."""
    return asked(app, "--out", file, "--who", "Anna")


@pytest.mark.parametrize("url", ["duckdb:////nowhere/gone.duckdb", "postgresql://nobody@127.0.0.1:1/gone"])
def test_with_the_warehouse_away_a_printed_deck_comes_from_the_journal(
    app: apps.App, printed: Ran, tmp_path: Path, url: str
) -> None:
    """Every slide that was printed is there as it was, which is said, with what was not printed before; in any form,
    with names hidden, findings in the order asked for, of the day asked for."""
    away = asked(app, "--out", tmp_path / "board.pptx", "--hide-names", url=url)
    assert away.code == 0
    assert "every slide is as it was printed before, from the journal alone" in away.err
    assert "markets is left out: it was not printed before, and the warehouse does not answer" in away.err
    assert [row["headline"] for row in away.rows] == [row["headline"] for row in printed.rows]
    assert {row["printed_before"] for row in away.rows} == {True}
    assert len(decks.opened((tmp_path / "board.pptx").read_bytes()).slides) == len(printed.rows)
    some = asked(app, "--out", tmp_path / "some.xlsx", "--finding", "learned", "--finding", "health", "--as-of",
                 "2026-11-15", "--by", "industry", url=url)  # fmt: skip
    assert [row["finding"] for row in some.rows] == ["learned", "health"]
    assert {row["as_of"] for row in some.rows} == {"2026-11-15"}


@pytest.mark.parametrize(
    "words",
    [("--finding", "markets"), ("--anew",), ("--window", "26"), ("--as-of", "2026-08-01"), ("--by", "region"),
     ("--segment", "Agencies")],
)  # fmt: skip
def test_with_the_warehouse_away_nothing_else_can_be_printed(
    app: apps.App, printed: Ran, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A slide, a window, a day, a dimension or a segment that was not printed before, or any printed anew: exit code 1,
    why, and no file."""
    assert printed.code == 0
    away = asked(app, "--out", tmp_path / "board.xlsx", *words, url="duckdb:////nowhere/gone.duckdb")
    assert away.code == 1
    assert "there is no warehouse at /nowhere/gone.duckdb" in away.err
    assert not list(tmp_path.iterdir())


def test_a_deck_is_written_and_comes_back_as_it_was(app: apps.App, printed: Ran, file: Path, tmp_path: Path) -> None:
    """A row a slide with its headline; printed once more under the same filters it is the same file's figures."""
    first = printed
    assert first.code == 0
    assert [row["finding"] for row in first.rows] == [name for name in deck.NAMES if name != "markets"]
    assert "markets is left out: no pin stands in front" in first.err
    assert {row["printed_before"] for row in first.rows} == {False}
    assert {row["as_of"] for row in first.rows} == {"2026-11-15"}
    native = decks.opened(file.read_bytes())
    assert [slide.shapes.title.text_frame.text for slide in native.slides] == [row["headline"] for row in first.rows]
    again = asked(app, "--out", tmp_path / "board.xlsx")
    assert {row["printed_before"] for row in again.rows} == {True}
    assert [row["headline"] for row in again.rows] == [row["headline"] for row in first.rows]
    assert openpyxl.load_workbook(tmp_path / "board.xlsx").sheetnames[0] == "Slides"


def test_a_folder_takes_pictures(app: apps.App, tmp_path: Path) -> None:
    """PNG and SVG of the findings asked for, in their order."""
    asks = ("--finding", "alternatives", "--finding", "decided", "--hide-names")
    ran = asked(app, "--out", tmp_path / "pictures", *asks)
    assert ran.code == 0
    names = sorted(each.name for each in (tmp_path / "pictures").iterdir())
    assert names == ["01-alternatives.png", "01-alternatives.svg", "02-decided.png", "02-decided.svg"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--out", "board.docx"), "the name ends in .pptx or .xlsx"),
        (("--out", "nowhere/board.pptx"), "there is no folder nowhere"),
        (("--out", "board.pptx", "--finding", "gossip"), "invalid choice: 'gossip'"),
        (("--out", "board.pptx", "--by", "shoe_size"), "shoe_size"),
        ((), "--out"),
    ],
)
def test_what_cannot_be_written_is_refused(
    app: apps.App, words: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, exit code 2, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    ran = asked(app, *words)
    assert ran.code == 2
    assert why in ran.err
    assert not list(tmp_path.iterdir())
