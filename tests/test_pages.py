"""Every page on every warehouse, without a browser: nothing fails, something is said, and the numbers add up."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
from visits import PAGES, Seen, Visitor, asked, seen

from gtm_metrics import funnel, journal, words
from gtm_metrics.company import read_company
from gtm_metrics.funnel.windows import widened
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies import metrics_of, offered, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import Warehouse, WarehouseError, connect
from gtm_metrics.words import home, signal

NAMES_TO_ACT_ON = "Names to act on this week"
SUBJECT = "DTC e-commerce"
ROWS_BEHIND = "The rows behind the number"
NUMBERS = "The segment's numbers beside everyone else's, stage by stage"


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def visit(app_folder: Path) -> Visitor:
    """(app, page, **query) -> what is seen there."""
    return Visitor(app_folder, {})


def parts(*names: str) -> list[Any]:
    """Parameters, each warehouse's in a group of its own, so that one worker does what belongs together."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"pages {name}"), id=name) for name in names]


def company_and_warehouse(app: apps.App) -> tuple[Any, Warehouse]:
    """What the app reads, read by the test."""
    company = read_company(app.config, {"GTM_WAREHOUSE": app.url})
    return company, connect(company, datetime.now(UTC).date())


def assert_fine(page: Seen) -> None:
    """No exception, one title of a sentence's length, and something said besides; nothing missing is printed."""
    assert page.exceptions == ()
    assert len(page.titles) == 1
    assert 3 <= len(page.titles[0].replace(words.NO_BREAK, " ").split()) <= 15, page.titles[0]
    assert not re.search(r"\b(None|nan|NaN|NaT|inf)\b|[{}]", " ".join(page.texts))
    assert len("".join(page.texts)) > 40


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", parts(*apps.APPS))
def test_every_page_opens_on_every_warehouse(visit: Visitor, name: str, page: str) -> None:
    """No page fails, whatever is connected and however little there is, and each says something."""
    shown = visit(name, page)
    assert_fine(shown)
    assert not shown.titles[0][0].islower()


@pytest.mark.parametrize("name", parts("winner", "no-winner", "young", "small", "untidied", "odd"))
@pytest.mark.parametrize("page", ["home", "segment"])
def test_a_chart_has_its_text_alternative(visit: Visitor, name: str, page: str) -> None:
    """Every chart is there for who does not see it, with numbers in words; every table says what it is."""
    shown = visit(name, page)
    assert shown.charts
    assert all(re.search(r"\w{3}.*\d", alt) for _, alt in shown.charts)
    assert shown.tables
    assert all(shown.tables)


@pytest.mark.parametrize("name", parts("winner", "no-winner", "small"))
def test_the_title_is_the_finding_of_the_same_numbers(visit: Visitor, app_folder: Path, name: str) -> None:
    """Home's title is the journal's verdict with the number that shows it, its paragraph what the tallies come to;
    the planted segment is named where it is proven, and nobody where there is no winner."""
    shown = visit(name, "home")
    company, warehouse = company_and_warehouse(apps.an_app(app_folder, name))
    stages = [m.name for m in metrics_of(company)]
    metrics = [m for m in offered(warehouse, metrics_of(company)) if m.on_home]
    metrics.sort(key=lambda m: stages.index(m.stand_in_for or m.name))
    counted = {m.name: counted_as_shown(company, warehouse, m) for m in metrics}
    rows = {m.name: funnel.funnel(counted[m.name], m) for m in metrics}
    among = funnel.compared(rows)
    stand = {m.name: funnel.standings(counted[m.name], m, among) for m in metrics}
    found = funnel.finding(rows, stand)
    with journal.reading(journal.open_journal(journal.journal_url(company))) as seen:
        told = signal.told((journal.last_refresh(seen) or {})["verdict"])
        judged = {row["segment"]: row for row in journal.verdicts(seen).to_dict("records")}
    own = {m: row for m in rows for row in rows[m].to_dict("records") if row["segment"] == told.segment}
    ahead = [m for m, each in stand.items() if "ahead" in set(each[each["segment"] == told.segment]["standing"])]
    row = judged.get(told.segment)
    assert shown.titles[0] == home.title(told, row, found, metrics, ("industry",), own, ahead)
    assert any(words.paragraph(found, metrics, brief=True) in text for text in shown.texts)
    assert told.kind == {"winner": "tighten", "no-winner": "loose", "small": "emerging"}[name]
    assert (SUBJECT in shown.titles[0]) == (name != "no-winner")


def counted_as_shown(company: Any, warehouse: Warehouse, metric: Metric) -> Tally:
    """A metric's tally by industry over 13 weeks, or the wider window in which it can be shown."""
    assert warehouse.data_through is not None
    asked = Question(warehouse.data_through, ("industry",), None, 13)
    return widened(lambda m, q: tally(warehouse, company, m, q, KEYS[m.estimate]), metric, asked)


@pytest.mark.xdist_group("pages small")
def test_a_small_company_has_things_to_do(visit: Visitor) -> None:
    """Where volume proves little, home still names at least five accounts to act on, and no page is empty."""
    home = visit("small", "home").tables[NAMES_TO_ACT_ON]
    assert len(home) >= 5
    assert home["Account"].str.len().gt(0).all()
    assert all(len(frame) for page in PAGES for frame in visit("small", page).tables.values())


@pytest.mark.parametrize("name", parts("winner", "small"))
def test_the_rows_add_up_to_the_number(visit: Visitor, app_folder: Path, name: str) -> None:
    """For every metric the rows under the segment's number add up to it, and to the tally's."""
    app = apps.an_app(app_folder, name)
    company, warehouse = company_and_warehouse(app)
    session = visit.opened(app, "segment", segment=SUBJECT)
    counted = {m: counted_as_shown(company, warehouse, m) for m in offered(warehouse, metrics_of(company)) if m.on_home}
    connected = {metric: each for metric, each in counted.items() if each.status == "ok"}
    assert len(connected) >= 4
    for metric, each in connected.items():
        row = funnel.funnel(each, metric).set_index("segment").loc[SUBJECT]
        with mock.patch.dict(os.environ, app.environment):
            shown = seen(asked(session, {"rows": metric.name}))
        behind, numbers = shown.tables[ROWS_BEHIND], shown.tables[NUMBERS].set_index("Stage")
        assert row["trials"] > 0
        assert (behind["trials"].sum(), behind["successes"].sum()) == (row["trials"], row["successes"]), metric.name
        assert numbers.loc[metric.label, "Counts"] == words.counted(metric, row["successes"], row["trials"])
        assert behind["account_id"].notna().all()


ODD = [("copy", "All the same"), ("many", "Segment 007"), ("place", apps.TRIO), ("long", apps.LONG)]


@pytest.mark.xdist_group("pages odd")
@pytest.mark.parametrize("page", ["home", "segment"])
@pytest.mark.parametrize(("by", "segment"), ODD, ids=[by for by, _ in ODD])
def test_odd_dimensions_are_shown(visit: Visitor, page: str, by: str, segment: str) -> None:
    """One segment, two hundred, one of three accounts, one with a name of 200 characters: each has its page, and
    its name stands on it, in the words for a chart or, where those are too many, in the table under it."""
    shown = visit("odd", page, by=by, **({"segment": segment} if page == "segment" else {}))
    assert_fine(shown)
    listed = (str(cell) for table in shown.tables.values() for cell in table.to_numpy().ravel())
    named = " ".join([*(alt for _, alt in shown.charts), *listed])
    assert segment in named
    if (by, page) == ("many", "home"):
        assert len({f"Segment {n:03}" for n in range(200) if f"Segment {n:03}" in named}) == 200


@pytest.mark.xdist_group("pages odd")
def test_three_accounts_have_counts_and_no_rate(visit: Visitor) -> None:
    """Below the minimum there is no percentage: the number's place says it is too early, beside the counts."""
    numbers = visit("odd", "segment", by="place", segment=apps.TRIO).tables[NUMBERS]
    assert len(numbers) == 4
    assert not numbers["Here"].str.contains("%").any()
    assert numbers["Counts"].str.contains(r"\d").any()


DANGER = (
    "<script>",
    "**bold**",
    "_it_",
    "`code`",
    "~~gone~~",
    "[link](",
    "https://evil",
    ":red[",
    ":smile:",
    ":material/home:",
    "$x^2$",
    "$$y$$",
    "# Heading",
    "\n- item",
    "\n1. item",
    "\u202e",
    "\u2066",
    "\u200f",
)
"""What a name must not bring to where Markdown is read."""


def assert_harmless(page: Seen) -> None:
    """No hostile name stands unescaped where Markdown is read, nor a turned line of writing in a chart."""
    for text in page.texts:
        brought = [part for part in DANGER if re.search(r"(?<!\\)" + re.escape(part), text, re.IGNORECASE)]
        assert not brought, (brought, text)
    for written, alt in page.charts:
        assert written
        assert not re.search("[\u202e\u2066\u200f]", " ".join([*written, alt]))


@pytest.mark.xdist_group("pages hostile")
def test_hostile_names_stay_names_on_home(visit: Visitor) -> None:
    """Markup, Markdown, HTML, LaTeX, shortcodes and direction marks in the names of segments, accounts, owners and
    reasons, and in the dimension's own label, are shown as they are written."""
    shown = visit("odd", "home", by="hostile")
    assert_fine(shown)
    assert_harmless(shown)
    assert any(words.escaped(name) in text for name in apps.HOSTILE for text in shown.texts)
    assert any(r"\<B\>OWN\</B\>" in text for text in shown.texts)


@pytest.mark.xdist_group("pages hostile")
@pytest.mark.parametrize("number", range(len(apps.HOSTILE)))
def test_hostile_names_stay_names_on_their_own_page(visit: Visitor, number: int) -> None:
    """A segment with such a name has its page under an address, and its title shows the name literally."""
    name = apps.HOSTILE[number]
    board = {"view": "board"} if number else {}
    shown = visit("odd", "segment", by="hostile", segment=name, **board)
    assert_fine(shown)
    assert_harmless(shown)
    assert words.escaped(words.shortened_words(name, 5, 48))[:12] in shown.titles[0]


@pytest.mark.xdist_group("pages hostile")
@pytest.mark.parametrize("page", ["home", "segment"])
@pytest.mark.parametrize(
    "query",
    [
        {"by": "nothing", "window": "7", "as_of": "yesterday", "and": "<b>", "segment": "nobody", "rows": "all"},
        {"by": "industry", "and": "industry"},
        {"as_of": "0001-01-01"},
        {"as_of": "9999-12-31", "window": "all"},
        {"by": "industry", "and": "region", "window": "quarter"},
        {"view": "board", "by": "**x**", "window": ":smile:"},
    ],
    ids=["nonsense", "with itself", "long ago", "far off", "crossed", "board"],
)
def test_any_address_opens_a_page(visit: Visitor, page: str, query: dict[str, str]) -> None:
    """An address somebody typed wrong, or long ago, opens the page with what can be understood of it."""
    shown = visit("odd", page, **query)
    assert_fine(shown)
    assert_harmless(shown)


@pytest.mark.xdist_group("pages small")
def test_the_past_knows_nothing_of_later(visit: Visitor) -> None:
    """As of an earlier day home counts what was known then: fewer deals, and no day after it in the list."""
    then = visit("small", "home", window="all", as_of="2026-05-03")
    now = visit("small", "home", window="all")
    assert_fine(then)
    decided = [
        next(frame for frame in page.tables.values() if "Won / decided" in frame)["Won / decided"].iloc[-1]
        for page in (then, now)
    ]
    counts = [int(each.split("/")[1].replace(",", "")) for each in decided]
    assert 0 < counts[0] < counts[1]
    named = then.tables[NAMES_TO_ACT_ON].query("What in ['Won', 'Lost', 'No decision']")
    assert len(named)
    assert pd.to_datetime(named["On"]).max() <= pd.Timestamp("2026-05-03")


def broken(folder: Path, text: str | None, url: str | None = None) -> apps.App:
    """An app whose gtm.toml holds `text`, or is not there; its warehouse is not there either unless given."""
    config = folder / "gtm.toml"
    if text is not None:
        config.write_text(text, encoding="utf-8")
    return apps.App(config, url or f"duckdb:///{folder / 'nowhere.duckdb'}")


BROKEN = {
    "no warehouse": ("", "there is no warehouse at"),
    "no TOML": ("[segments\ndimensions = 3", "gtm.toml"),
    "unknown key": ("[segments]\ndimension = ['industry']", "dimension"),
    "out of range": ("[metrics]\nwon_in_time_weeks = -4", "won_in_time_weeks"),
    "hostile": ("[metrics]\n'<b>**x** $y$ :smile:' = 1", "gtm.toml"),
    "not there": (None, "gtm.toml"),
}


@pytest.mark.xdist_group("pages broken")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", BROKEN)
def test_a_page_says_what_is_broken(visit: Visitor, tmp_path: Path, kind: str, page: str) -> None:
    """A missing warehouse or a broken gtm.toml is told in a sentence that names it and says what to do; no page
    fails, and nothing else is shown."""
    text, expected = BROKEN[kind]
    shown = seen(visit.opened(broken(tmp_path, text), page))
    said = " ".join(shown.texts).replace("\\", "").replace("\u2060", "")
    assert_fine(shown)
    assert_harmless(shown)
    assert expected in said
    assert "gtm-metrics check" in said
    assert not shown.charts
    assert not shown.tables


@pytest.mark.xdist_group("pages broken")
@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_is_no_warehouse_is_told(visit: Visitor, tmp_path: Path, page: str) -> None:
    """A warehouse file that holds something else is named as such, without the name of a library's error."""
    (tmp_path / "noise.duckdb").write_bytes(b"no database " * 4000)
    shown = seen(visit.opened(broken(tmp_path, "", f"duckdb:///{tmp_path / 'noise.duckdb'}"), page))
    assert_fine(shown)
    assert "Traceback" not in " ".join(shown.texts)


@pytest.mark.xdist_group("pages failed")
def test_a_table_that_failed_is_named(visit: Visitor) -> None:
    """Where one table cannot be read the others still count: Warehouse names it, home shows what is left."""
    warehouse, home = visit("failed", "warehouse"), visit("failed", "home")
    assert "opportunities" in warehouse.titles[0]
    states = next(frame for alt, frame in warehouse.tables.items() if alt.startswith("One row a table"))
    by_table = states.set_index("Table")
    assert by_table.loc["opportunities", "Status"] == "failed"
    assert "created_at" in by_table.loc["opportunities", "Why"]
    assert by_table.loc["subscriptions", "Status"] == "connected"
    assert home.charts


@pytest.mark.xdist_group("pages untidied")
@pytest.mark.parametrize("page", ["home", "segment"])
def test_a_warehouse_that_stops_answering_is_told(
    visit: Visitor, app_folder: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """When the warehouse goes away after it was connected, the page says so in a sentence and does not fail."""
    app = apps.an_app(app_folder, "untidied")
    visit.opened(app, page)

    def gone(*_arguments: Any) -> pd.DataFrame:
        raise WarehouseError("the warehouse did not answer: connection **refused**")

    monkeypatch.setattr(Warehouse, "read", gone)
    shown = seen(visit.opened(app, page, window="52", as_of="2026-10-04"))
    assert shown.exceptions == ()
    assert words.escaped("connection **refused**") in " ".join(shown.texts)


@pytest.mark.parametrize("name", parts("accounts only", "headers", "undated", "bare"))
def test_no_data_is_not_zero(visit: Visitor, name: str) -> None:
    """Where a stage is not connected or holds nothing, home shows no number for it: no 0 %, no "0 of"."""
    home, segment = visit(name, "home"), visit(name, "segment")
    for page in (home, segment):
        said = " ".join([*page.texts, *(alt for _, alt in page.charts)])
        assert not re.search(r"\b0(\.0)?[\u00a0 ]%|\b0 of\b", said)


@pytest.mark.parametrize("name", parts("winner"))
def test_rows_read_are_used_or_set_aside(visit: Visitor, name: str) -> None:
    """On the Warehouse page rows read = used + set aside, table by table, and the reasons add up."""
    tables = visit(name, "warehouse").tables
    states = next(frame for alt, frame in tables.items() if alt.startswith("One row a table"))
    aside = next(frame for alt, frame in tables.items() if alt.startswith("Rows that are not used"))
    assert (states["Read"] == states["Used"] + states["Set aside"]).all()
    # the demo plants 150 rows that a load must set aside (gtm_metrics.demo.DIRTY)
    assert states["Set aside"].sum() == aside["Rows"].sum() == 150
