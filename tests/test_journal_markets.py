"""What people say of markets and of positioning is kept with who and when; of two at once the later is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.company import Refused

TODAY = date(2026, 6, 24)
LATER = date(2026, 7, 8)
SHOPS, BANKS = ("industry", "Retail"), ("industry", "Banks")
ANSWERS = [{"to": "the CFO", "must_answer": "what it saves"}]


def read(engine: sa.Engine, what: Callable[..., pd.DataFrame], as_of: date | None = None) -> pd.DataFrame:
    """A frame of the journal (as of a day)."""
    with journal.reading(engine) as seen:
        return what(seen, as_of=as_of)


def size(engine: sa.Engine, number: int, saw: int | None = None, who: str = "Ada", today: date = TODAY) -> int:
    """Sizes the market of shops."""
    return journal.keep_market_size(engine, *SHOPS, number, "the register", date(2026, 1, 31), who, today, saw)


def leads(engine: sa.Engine, value: float, saw: int | None = None, who: str = "Ada", today: date = TODAY) -> int:
    """Judges whether shops follow whoever leads them."""
    return journal.keep_judgement(engine, *SHOPS, "leadership", value, "they copy each other", who, today, saw)


def test_a_market_size_has_a_source_and_a_day(kept: sa.Engine) -> None:
    """The last size of a segment counts, with source, day and who; that of a past day can be asked for."""
    first = size(kept, 4200)
    size(kept, 5000, first, "Ben", LATER)
    rows, then = read(kept, journal.market_sizes), read(kept, journal.market_sizes, TODAY)
    shown = ["dimension", "segment", "number", "source", "dated", "who", "on"]
    assert rows[shown].to_numpy().tolist() == [[*SHOPS, 5000, "the register", date(2026, 1, 31), "Ben", LATER]]
    assert list(then["number"]) == [4200]


def test_of_two_who_size_or_judge_the_later_is_told(kept: sa.Engine) -> None:
    """Whoever did not look at the last row is told who wrote it, and nothing is overwritten."""
    first, mark = size(kept, 4200), leads(kept, 1)
    second = size(kept, 5000, first, "Ben", LATER)
    leads(kept, 0.5, mark, "Ben", LATER)
    for saw in (None, first):
        with pytest.raises(Refused, match=rf"size of Retail has changed .* number {second} was kept by Ben on 2026-07"):
            size(kept, 100, saw, "Cy", LATER)
    with pytest.raises(Refused, match="leadership of Retail has changed"):
        leads(kept, 0, mark, "Cy", LATER)
    assert list(read(kept, journal.market_sizes)["number"]) == [5000]
    assert list(read(kept, journal.judgements)["value"]) == [0.5]


def test_somebody_would_vouch_for_us(kept: sa.Engine) -> None:
    """A vouch and a case study go from one segment to another, with a name, and both stand side by side."""
    journal.vouch(kept, "vouch", SHOPS, BANKS, " Kim of Acme ", "tills", "Ada", TODAY)
    journal.vouch(kept, "case study", SHOPS, BANKS, "Acme saves Fridays", "", "Ben", LATER)
    rows = read(kept, journal.vouches)
    assert rows[["kind", "segment", "to_segment", "name", "who"]].to_numpy().tolist() == [
        ["vouch", "Retail", "Banks", "Kim of Acme", "Ada"],
        ["case study", "Retail", "Banks", "Acme saves Fridays", "Ben"]]
    assert len(read(kept, journal.vouches, TODAY)) == 1


def test_an_order_is_overruled_with_a_reason(kept: sa.Engine) -> None:
    """A place in the order is a judgement like the others: a whole number from 1 on, with who and why."""
    journal.keep_judgement(kept, *BANKS, "order", 1, "we have three friends there", "Ada", TODAY)
    leads(kept, 0.25)
    rows = read(kept, journal.judgements)
    assert rows[["segment", "question", "value", "why"]].to_numpy().tolist() == [
        ["Banks", "order", 1.0, "we have three friends there"],
        ["Retail", "leadership", 0.25, "they copy each other"]]


def test_everybody_has_one_vote(kept: sa.Engine) -> None:
    """Who votes again replaces their own vote and nobody else's; two of one function both count."""
    for person, segment, today in (("Ben", "Retail", TODAY), ("Cy", "Banks", TODAY), ("Ben", "Banks", LATER)):
        journal.vote(kept, "sales", person, "industry", segment, "they answer", person, today)
    journal.vote(kept, "founder", "Ben", "industry", "Retail", "they stay", "Ada", TODAY)
    now, then = read(kept, journal.votes), read(kept, journal.votes, TODAY)
    assert sorted(map(tuple, now[["function", "person", "segment"]].to_numpy())) == [
        ("founder", "Ben", "Retail"), ("sales", "Ben", "Banks"), ("sales", "Cy", "Banks")]
    assert sorted(then["segment"]) == ["Banks", "Retail", "Retail"]


def test_the_canvas_keeps_its_versions(kept: sa.Engine) -> None:
    """A part is rewritten version by version, whoever saw an older one is told, and every version stays readable."""
    keep = journal.keep_canvas
    assert keep(kept, "value themes", "time", [{"theme": "time", "heard": 9}], "Ada", TODAY) == 1
    assert keep(kept, "value themes", "time and money", [], "Ben", LATER, saw=1) == 2
    assert keep(kept, "market category", "tills", [], "Ada", TODAY) == 1
    with pytest.raises(Refused, match=r"the canvas' value themes has changed .* version 2 was kept by Ben on 2026"):
        keep(kept, "value themes", "money", [], "Cy", LATER, saw=1)
    rows = read(kept, journal.canvas)
    assert dict(zip(rows["part"], rows["text"], strict=True)) == {"value themes": "time and money",
                                                                  "market category": "tills"}
    with journal.reading(kept) as seen:
        versions = journal.canvas_versions(seen, "value themes")
    assert list(zip(versions["version"], versions["text"], versions["who"], strict=True)) == [
        (1, "time", "Ada"), (2, "time and money", "Ben")]
    assert versions["evidence"][0] == [{"theme": "time", "heard": 9}]


def test_a_champion_has_a_card(kept: sa.Engine) -> None:
    """A card says what its champion must answer to whom; a title has one, with versions."""
    assert journal.keep_card(kept, " Head of shops ", ANSWERS, "Ada", TODAY) == 1
    with pytest.raises(Refused, match="the card of Head of shops has changed"):
        journal.keep_card(kept, "Head of shops", ANSWERS, "Ben", LATER)
    both = [*ANSWERS, {"to": "IT", "must_answer": "who runs it"}]
    assert journal.keep_card(kept, "Head of shops", both, "Ben", LATER, saw=1) == 2
    rows = read(kept, journal.cards)
    assert [(one["title"], one["answers"], one["who"]) for one in rows.to_dict("records")] == [
        ("Head of shops", both, "Ben")]


def test_what_is_taken_back_stays_in_the_history(kept: sa.Engine) -> None:
    """A row that is taken back no longer counts, did on the day before, and may be followed by a new one."""
    first = size(kept, 4200)
    journal.keep_canvas(kept, "value themes", "time", [], "Ada", TODAY)
    journal.take_back(kept, "market_sizes", first, "Ben", LATER)
    journal.take_back(kept, "canvas", 1, "Ben", LATER)
    assert read(kept, journal.market_sizes).empty
    assert list(read(kept, journal.market_sizes, TODAY)["number"]) == [4200]
    with pytest.raises(Refused, match=f"no row {first} of market_sizes in effect"):
        journal.take_back(kept, "market_sizes", first, "Ben", LATER)
    with pytest.raises(Refused, match="number 2 was taken back by Ben"):
        size(kept, 100, first)
    size(kept, 100, today=LATER)
    assert journal.keep_canvas(kept, "value themes", "money", [], "Cy", LATER) == 3
    assert list(read(kept, journal.market_sizes)["number"]) == [100]
    with pytest.raises(Refused, match="taken back of market_sizes, vouches"):
        journal.take_back(kept, "profiles", 1, "Ben", LATER)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda e: size(e, 0), "has 0 accounts; it must be a whole number from 1"),
        (lambda e: journal.keep_market_size(e, *SHOPS, 9, " ", TODAY, "Ada", TODAY), "source is missing"),
        (lambda e: journal.keep_market_size(e, *SHOPS, 9, "x", LATER, "Ada", TODAY), "must not lie after 2026-06-24"),
        (lambda e: journal.vouch(e, "friend", SHOPS, BANKS, "Kim", "", "Ada", TODAY), "one of vouch, case study"),
        (lambda e: journal.vouch(e, "vouch", SHOPS, BANKS, "", "", "Ada", TODAY), "name is missing"),
        (lambda e: journal.vouch(e, "vouch", SHOPS, SHOPS, "Kim", "", "Ada", TODAY), "not to itself"),
        (lambda e: leads(e, 1.5), "must lie between 0"),
        (lambda e: leads(e, float("nan")), "must lie between 0"),
        (lambda e: journal.keep_judgement(e, *SHOPS, "luck", 1, "x", "Ada", TODAY), "on one of untargeted, value"),
        (lambda e: journal.keep_judgement(e, *SHOPS, "order", 0, "x", "Ada", TODAY), "whole number from 1 to 15"),
        (lambda e: journal.keep_judgement(e, *SHOPS, "order", 1.5, "x", "Ada", TODAY), "whole number from 1 to 15"),
        (lambda e: journal.keep_judgement(e, *SHOPS, "order", 1, " ", "Ada", TODAY), "why is missing"),
        (lambda e: journal.vote(e, "legal", "Ben", *SHOPS, "x", "Ada", TODAY), "one of founder, marketing"),
        (lambda e: journal.vote(e, "sales", "Ben", *SHOPS, "", "Ada", TODAY), "reasons is missing"),
        (lambda e: journal.keep_canvas(e, "price", "x", [], "Ada", TODAY), "one of competitive alternatives"),
        (lambda e: journal.keep_canvas(e, "value themes", " ", [], "Ada", TODAY), "text is missing"),
        (lambda e: journal.keep_card(e, "Head", [], "Ada", TODAY), "what must be answered to whom"),
        (lambda e: journal.keep_card(e, "Head", [{"to": "IT"}], "Ada", TODAY), "what must be answered to whom"),
    ],
)
def test_words_that_say_too_little_are_refused(kept: sa.Engine, act: Any, said: str) -> None:
    """What has no who, no reason or no such kind is refused, and leaves no trace."""
    with pytest.raises(Refused, match=said):
        act(kept)
    assert read(kept, lambda seen, as_of: journal.audit(seen)).empty


def test_everything_that_changes_is_noted(kept: sa.Engine) -> None:
    """Whatever people say of markets or positioning, or take back, stands in the audit with who."""
    first = size(kept, 4200)
    leads(kept, 1, who="Ben")
    journal.vouch(kept, "vouch", SHOPS, BANKS, "Kim", "", "Cy", TODAY)
    journal.vote(kept, "sales", "Ben", *SHOPS, "they answer", "Dee", TODAY)
    journal.keep_canvas(kept, "value themes", "time", [], "Eve", TODAY)
    journal.keep_card(kept, "Head of shops", ANSWERS, "Flo", TODAY)
    journal.take_back(kept, "market_sizes", first, "Gus", LATER)
    with journal.reading(kept) as seen:
        noted = journal.audit(seen)
    assert list(zip(noted["who"], noted["what"], strict=True)) == [
        ("Gus", "took back of market_sizes"), ("Flo", "card"), ("Eve", "canvas"), ("Dee", "vote"), ("Cy", "vouch"),
        ("Ben", "judgement"), ("Ada", "market size")]
