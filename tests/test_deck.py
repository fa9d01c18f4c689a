"""A board's slides: what stands on them, that it is the same ever after, and that names can be hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import apps
import decks
import pandas as pd
import pytest

from gtm_metrics import deck, journal
from gtm_metrics.company import Refused, read_company
from gtm_metrics.deck.asked import question_of
from gtm_metrics.deck.findings.quarter import quarters
from gtm_metrics.deck.forms import Bars, Dots, Table
from gtm_metrics.deck.funnel import funnel_of
from gtm_metrics.deck.letters import SAFE, fitted, one_line, text_width, wrapped
from gtm_metrics.deck.slide import slide_from
from gtm_metrics.deck.week import Week, as_frozen
from gtm_metrics.question import Question, Tally
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import connect
from gtm_metrics.words.findings import TITLE_WORDS
from gtm_metrics.words.signal import Told

pytestmark = pytest.mark.xdist_group("decks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def close_tally(company: decks.Company) -> Tally:
    """The close rate asked for once more, over the weeks that the slide shows."""
    weeks = funnel_of(company.asked, company.doors).tallies["close_rate"].question.weeks
    question = replace(question_of(company.asked, company.doors), weeks=weeks)
    close = next(m for m in company.doors.metrics if m.name == "close_rate")
    return company.doors.ask(close, question, ("week", "band"))


@pytest.mark.parametrize("story", ["winner", "small", "odd"])
def test_every_finding_is_a_slide(folder: Path, story: str) -> None:
    """Each finding gives a slide: a headline of at most 15 words that was not cut, a footnote with its day, notes, and
    a table for the workbook; names that are markup stay what they are."""
    company = decks.a_company(folder, story, "hostile" if story == "odd" else "industry")
    found = decks.made(company)
    # forty deals a quarter put no market in front of the others
    told = [name for name in deck.NAMES if (story, name) != ("small", "markets")]
    assert [slide.finding for slide in found] == told
    for slide in found:
        assert 3 <= len(slide.headline.split()) <= TITLE_WORDS
        assert not slide.headline.endswith("…")
        assert "15 Nov 2026" in slide.footnote
        assert slide.notes
        assert slide.forms
        assert "**" not in slide.headline + slide.paragraph.replace("**bold**", "").replace("**bold…", "")


def test_a_kept_slide_is_read_back_as_it_was(folder: Path) -> None:
    """Through JSON and back a slide is the same."""
    for slide in decks.made(decks.a_company(folder, "winner")):
        assert slide_from(json.loads(json.dumps(slide.as_json()))) == slide


def test_the_notes_lead_back_to_the_view(folder: Path) -> None:
    """Where gtm.toml says at which address the dashboard is opened: its page with the deck's filters, as the last line
    of the notes of every slide, and nothing else of it changes."""
    company = decks.a_company(folder, "winner")
    doors = replace(company.doors, company=replace(company.doors.company, dashboard_url="https://gtm.example.com"))
    asked = replace(company.asked, window="26", segment="DTC e-commerce")
    names = ("health", "quarter", "segment", "decided")
    plain = deck.deck_of(asked, company.doors, names, anew=True).slides
    led = deck.deck_of(asked, doors, names, anew=True).slides
    filters = f"as_of={asked.as_of.isoformat()}&by=industry&window={{}}&segment=DTC+e-commerce"
    views = [f"/?{filters.format('26')}", f"/?{filters.format('quarter')}", f"/segment?{filters.format('26')}",
             f"/board-deck?{filters.format('26')}&slides=decided"]
    assert [slide.notes.splitlines()[-1] for slide in led] == [f"This view: https://gtm.example.com{v}" for v in views]
    assert [replace(slide, notes="") for slide in led] == [replace(slide, notes="") for slide in plain]
    assert not [slide for slide in plain if "This view" in slide.notes]


def test_health_holds_both_close_rates_and_the_tie_out(folder: Path) -> None:
    """The broad and the narrow close rate stand in the text with their counts, the tie-out in the footnote."""
    company = decks.a_company(folder, "winner")
    (slide,) = decks.made(company, "health")
    counted = close_tally(company).closed
    won, decided = int(counted["successes"].sum()), int(counted["trials"].sum())
    assert f"{won:,} of {decided:,} decided deals were won" in slide.paragraph
    assert f"leaving out no decision, {won:,} of " in slide.paragraph
    assert "Won deals: " in slide.footnote
    assert "the source says" in slide.footnote


def test_the_dots_are_the_tally(folder: Path) -> None:
    """Each dot of the close rate is won over decided of its segment; below the minimum there is none, but counts."""
    company = decks.a_company(folder, "winner")
    (slide,) = decks.made(company, "health")
    (dots,) = slide.forms
    assert isinstance(dots, Dots)
    panel = next(each for each in dots.panels if each.title == "Close rate")
    counted = close_tally(company)
    minimum = company.doors.company.minimum_trials
    by_segment = counted.closed.groupby("segment")[["trials", "successes"]].sum()
    for row, value, label in zip(dots.rows, panel.values, panel.labels, strict=True):
        won, decided = int(by_segment["successes"][row]), int(by_segment["trials"][row])
        if decided >= minimum:
            assert value == pytest.approx(won / decided)
        else:
            assert (value, label) == (None, f"{won} of {decided}")


def test_the_bars_are_the_deals(folder: Path) -> None:
    """The parts of the first bar add up to the decided deals of the window."""
    (slide,) = decks.made(decks.a_company(folder, "winner"), "alternatives")
    (bars,) = slide.forms
    assert isinstance(bars, Bars)
    whole = sum(part.values[0] or 0 for part in bars.parts)
    assert bars.labels[0].endswith(f"won of {whole:,.0f}")


def test_the_same_deck_gives_the_same_figures_after_the_data_moved(folder: Path) -> None:
    """Every printed slide comes back as it was, whatever the warehouse says since; anew those that count are counted
    again, those that the journal tells stay, and both printings stay in the journal."""
    here, elsewhere = decks.a_company(folder, "winner"), decks.a_company(folder, "no-winner")
    names = deck.NAMES
    first = deck.deck_of(here.asked, here.doors, names)
    deck.keep(here.doors.journal, first, here.asked, "Anna", decks.TODAY)
    moved = replace(elsewhere.doors, journal=here.doors.journal)
    again = deck.deck_of(here.asked, moved, names)
    assert again.slides == first.slides
    assert again.kept == names
    deck.keep(here.doors.journal, again, here.asked, "Ben", decks.TODAY)
    anew = deck.deck_of(here.asked, moved, names, anew=True)
    other = {a.finding for a, b in zip(anew.slides, first.slides, strict=True) if a != b}
    assert other == set(names) - {"verdict", "decided", "learned"}
    deck.keep(here.doors.journal, anew, here.asked, "Ben", decks.TODAY, anew=True)
    assert deck.deck_of(here.asked, moved, names).slides == anew.slides
    with journal.reading(here.doors.journal) as seen:
        kept = journal.slides(seen)
    assert kept["version"].tolist() == [1] * 10 + [2] * 10
    assert kept["who"].tolist() == ["Anna"] * 10 + ["Ben"] * 10
    assert not deck.deck_of(replace(here.asked, window="26"), here.doors, ("health",)).kept


def test_a_deck_stands_after_late_rows_and_another_refresh(folder: Path, tmp_path: Path) -> None:
    """Late deals and customers arrive, industries are set right, and the next week is judged: the deck of the quarter
    before is the same to the digit. Counted anew its slides would differ; the verdict of that week would not."""
    company = decks.with_decisions(folder)
    engine = decks.copied(company.doors.journal, tmp_path / "late.sqlite")
    here = replace(company, doors=replace(company.doors, journal=engine))
    first = deck.deck_of(here.asked, here.doors, deck.NAMES)
    deck.keep(engine, first, here.asked, "Anna", decks.TODAY)
    config, url = apps.with_late_rows(tmp_path)
    settings = read_company(config, {"GTM_WAREHOUSE": url})
    later = date(2027, 2, 20)
    warehouse = connect(settings, later)
    refresh(warehouse, settings, engine, later, "test")
    moved = deck.asking(settings, warehouse, engine)
    names = [slide.finding for slide in first.slides]
    again = deck.deck_of(here.asked, moved, names)
    assert again.slides == first.slides
    assert again.kept == tuple(names)
    anew = {slide.finding: slide for slide in deck.deck_of(here.asked, moved, names, anew=True).slides}
    before = {slide.finding: slide for slide in first.slides}
    other = {name for name in names if anew[name].sheets != before[name].sheets}
    assert other == {"health", "quarter", "decision", "segment", "best-fit", "alternatives", "markets"}
    assert (anew["verdict"], anew["learned"]) == (before["verdict"], before["learned"])


def test_of_two_decks_printed_at_once_the_first_stands(kept: object) -> None:
    """Kept again without `anew`, nothing is added; anew it is the next version."""
    filters, day = {"as_of": "2026-11-15"}, date(2026, 11, 15)
    for headline in ("first", "second"):
        journal.keep_slides(kept, {"health": {"headline": headline}}, filters, day, "1", "Anna", day)
    with journal.reading(kept) as seen:
        assert journal.printed(seen, "health", filters) == {"headline": "first"}
        assert journal.printed(seen, "verdict", filters) is None
        assert journal.last_printed(seen, day) is None
        assert journal.last_printed(seen, date(2026, 11, 16)) == day
    journal.keep_slides(kept, {"health": {"headline": "third"}}, filters, day, "1", "Anna", day, anew=True)
    with journal.reading(kept) as seen:
        assert journal.printed(seen, "health", filters) == {"headline": "third"}


def test_frozen_weeks_stand_as_they_were_frozen() -> None:
    """Of a watched dimension the frozen weeks of the window are those of the journal; later ones are counted.

    week       | live | frozen
    2026-01-05 | 9/20 | 1/10    outside the window
    2026-01-12 | 9/20 | 2/10
    2026-01-19 | 9/20 | 3/10
    2026-01-26 | 9/20 |         not frozen yet
    """
    weeks = [pd.Timestamp(2026, 1, day) for day in (5, 12, 19, 26)]
    columns = ["metric", "segment", "week", "band", "trials", "successes"]
    live = pd.DataFrame([("close_rate", "a", week, "", 20, 9) for week in weeks[1:]], columns=columns)
    rows = [("industry", "close_rate", week, "a", "", 10, n) for n, week in enumerate(weeks[:3], start=1)]
    cells = pd.DataFrame(rows, columns=["dimension", "metric", "week", "segment", "band", "trials", "successes"])
    told = Told("loose", "", "", None, (), 0.1, 1, None)
    empty = pd.DataFrame()
    now = Week(told, empty, empty, empty, (), cells, {"industry": {"close_rate": [None, "2026-01-19"]}})
    question = Question(date(2026, 2, 1), ("industry",), None, 3)
    counted = Tally("close_rate", question, live, "ok", "", date(2026, 1, 12), date(2026, 1, 26), date(2026, 2, 1))
    found, frozen = as_frozen(counted, now)
    assert frozen
    assert dict(zip(found.frame["week"].dt.day, found.frame["successes"], strict=True)) == {12: 2, 19: 3, 26: 9}
    for other in (replace(question, by=("region",)), replace(question, scope=(("team", "x"),))):
        assert as_frozen(replace(counted, question=other), now) == (replace(counted, question=other), False)


def test_names_are_hidden_in_tables_and_in_the_workbook(folder: Path) -> None:
    """Where the best customers are listed by name, hidden they are numbered: no name is left on the slide or its
    sheets; figures stay."""
    company = decks.a_company(folder, "small")
    (slide,) = decks.made(company, "best-fit")
    (table,) = slide.forms
    assert isinstance(table, Table)
    names = [row[0] for row in table.cells]
    assert len(set(names)) == len(names) >= 5
    hidden = slide.hidden()
    text = json.dumps(hidden.as_json(), ensure_ascii=False)
    assert not [name for name in names if name in text]
    (shown,) = hidden.forms
    assert isinstance(shown, Table)
    assert [row[0] for row in shown.cells] == [f"Account {n}" for n in range(1, len(names) + 1)]
    assert [row[1:] for row in shown.cells] == [row[1:] for row in table.cells]


def test_nothing_stands_out_is_told_as_what_was_learned(folder: Path) -> None:
    """Without a winner the verdict says so, there is nothing to decide, and what is ruled out is a finding."""
    company = decks.a_company(folder, "no-winner")
    verdict, decision, learned = decks.made(company, "verdict", "decision", "learned")
    assert "No segment stands out" in verdict.headline
    assert decision.headline == "Nothing to decide: stay loose, no segment stands out yet"
    assert "1.5 times" in learned.headline
    (dots,) = learned.forms
    assert isinstance(dots, Dots)
    table = learned.sheets[0].frame
    for row in table.to_dict("records"):
        assert row["ruled_out"] == (None if row["high"] is None else row["high"] < 1.5)


def test_where_nothing_is_connected_each_finding_says_why(folder: Path) -> None:
    """Accounts alone: no slide but that nothing was decided, and a reason for each of the others."""
    company = decks.a_company(folder, "accounts only")
    found = deck.deck_of(company.asked, company.doors, deck.NAMES)
    assert [slide.finding for slide in found.slides] == ["decided"]
    assert set(found.left_out) == set(deck.NAMES) - {"decided"}
    assert all(len(why) > 10 for why in found.left_out.values())


def test_what_is_not_known_is_refused(folder: Path) -> None:
    """A dimension or a window nobody knows; of an unknown segment the reason stands in the slide's place."""
    company = decks.a_company(folder, "winner")
    for asked in (replace(company.asked, by="shoe_size"), replace(company.asked, window="fortnight")):
        with pytest.raises(Refused):
            deck.deck_of(asked, company.doors, ("health",))
    found = deck.deck_of(replace(company.asked, segment="Fishing"), company.doors, ("segment",))
    assert found.left_out == {"segment": "no segment is called 'Fishing' by industry"}


def test_quarters_are_fiscal() -> None:
    """This quarter ends on the day asked about; the last one and the one a year ago are whole, in weeks by Monday."""
    assert quarters(date(2026, 11, 15), 1) == {
        "Q4 2026 to 15 Nov 2026": (date(2026, 10, 5), date(2026, 11, 9)),
        "Q3 2026": (date(2026, 7, 6), date(2026, 9, 28)),
        "Q4 2025": (date(2025, 10, 6), date(2025, 12, 29)),
    }
    assert list(quarters(date(2026, 11, 15), 2)) == ["Q4 FY2027 to 15 Nov 2026", "Q3 FY2027", "Q4 FY2026"]


def test_a_quarter_is_what_it_would_be_asked_for_alone(folder: Path) -> None:
    """Cut out of one question over a year and a quarter, each quarter has the counts of a question of its own."""
    company = decks.a_company(folder, "winner")
    (slide,) = decks.made(company, "quarter")
    table = slide.sheets[0].frame
    for name, weeks in quarters(company.asked.as_of, 1).items():
        question = replace(question_of(company.asked, company.doors), weeks=weeks)
        for metric in company.doors.metrics:
            mine = table[(table["period"] == name) & (table["metric"] == metric.name)]
            if metric.on_home and len(mine):
                alone = company.doors.ask(metric, question, ()).closed
                row = mine.iloc[0]
                assert (row["trials"], row["successes"]) == (alone["trials"].sum(), alone["successes"].sum())


def test_a_text_fits_its_box() -> None:
    """The largest size at which it fits; at the smallest it is cut after a word; a word too wide is broken."""
    text = "one two three four five six seven eight nine ten"
    assert fitted(text, (30.0, 10.0), 1000.0, 40.0).size == 30.0
    small = fitted(text, (30.0, 10.0), 60.0, 26.0)
    assert small.size == 10.0
    assert len(small.lines) == 2
    assert small.lines[-1].endswith("…")
    assert text.startswith(" ".join(small.lines).rstrip("…"))
    assert all(text_width(line, 10.0) <= 60.0 for line in small.lines)
    word = "WiliWmjlW" * 4
    parts = wrapped(word, 10.0, 60.0)
    assert "".join(parts) == word
    assert all(text_width(line, 10.0) <= 60.0 * SAFE for line in parts)
    assert all(text_width(a + b[0], 10.0) > 60.0 * SAFE for a, b in pairwise(parts))
    assert wrapped("WW", 10.0, 1.0) == ["W", "W"]
    assert one_line("Healthcare providers of Ohio", 10.0, 90.0) == "Healthcare…"
    assert text_width(one_line("W" * 50, 10.0, 40.0), 10.0) <= 40.0


def test_what_people_wrote_is_left_out_with_the_names(folder: Path) -> None:
    """Why something was decided may name a customer or a deal that was lost: hidden it is in no text, table, sheet or
    note of the slides, the footnote says so, and what was decided stays."""
    company = decks.with_decisions(folder)
    slides = decks.made(company, "decision", "decided")
    shown = json.dumps([slide.as_json() for slide in slides], ensure_ascii=False)
    assert "Vale Studio" in slides[0].paragraph
    assert "Vale Studio" in shown
    assert "Harbour Partners" in shown
    for slide in slides:
        hidden = slide.hidden()
        text = json.dumps(hidden.as_json() | {"written": ""}, ensure_ascii=False)
        assert not [why for _, _, _, why, _ in decks.DECISIONS if why.rstrip(".") in text]
        assert not [name for name in ("Vale Studio", "Merit Outfitters", "Harbour Partners") if name in text]
        assert hidden.footnote.endswith("Names are hidden: what people wrote is left out.")
        assert "(left out with the names)" in text
        assert "DTC e-commerce" in text
    before = slides[0].as_json()
    del before["written"]
    assert "Vale Studio" not in slide_from(before).hidden().paragraph


def test_decisions_since_the_last_board_stand_before_those_from_before(folder: Path) -> None:
    """The newest first, then what was decided earlier and is in effect; where nobody has decided, what the evidence
    says stands there."""
    (slide,) = decks.made(decks.with_decisions(folder), "decided")
    (table,) = slide.forms
    assert isinstance(table, Table)
    assert [row[0] for row in table.cells] == ["18 Nov 2026", "2 Oct 2026", "10 Aug 2026", "5 Jun 2026"]
    assert slide.headline == "3 decisions since 1 Jul 2026, the newest: tighten on DTC e-commerce"
    assert "1 decision from before stands under them." in slide.paragraph
    assert "n = 3 decisions." in slide.footnote
    (nothing,) = decks.made(decks.a_company(folder, "winner"), "decided")
    (table,) = nothing.forms
    assert isinstance(table, Table)
    assert table.cells[0][1:] == ("No decision is on record", "Tighten on DTC e-commerce: proven since 9 Feb")
