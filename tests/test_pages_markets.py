"""The Follow-on markets page, without a browser: what is told, what the forms write, and what the page says of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
from test_pages import assert_fine
from test_pages_signal import visitor, warehouses
from visits import Seen, Visitor, asked, seen

from gtm_metrics import journal, words
from gtm_metrics.company import Refused

pytestmark = pytest.mark.xdist_group("pages markets")

__all__ = ["visitor", "warehouses"]

HEAD, NEXT, OTHER = "DTC e-commerce", "B2B SaaS", "Healthcare"
ORDER, HISTORY = "The pins in their order, with scores", "Every change, the newest first"
PEOPLE = "What people say of pins"


class Sitting:
    """Somebody who has the page open, and the journal they write into."""

    def __init__(self, app: apps.App, visitor: Visitor, **query: str) -> None:
        self.app, self.engine = app, journal.open_journal(app.journal)
        self.session = visitor.opened(app, "markets", **query)

    def open(self, form: str) -> None:
        """Picks the form of that name."""
        self.session.session_state["change"] = form
        with mock.patch.dict(os.environ, self.app.environment):
            self.session.run()

    def set(self, **fields: Any) -> None:
        """Fills in fields of the form by their labels."""
        for label, value in fields.items():
            found = [each for each in self._widgets() if each.label == label]
            assert len(found) == 1, f"{len(found)} fields {label!r} among {[each.label for each in self._widgets()]}"
            found[0].set_value(value)

    def _widgets(self) -> list[Any]:
        session = self.session
        return [*session.text_input, *session.text_area, *session.selectbox, *session.number_input, *session.slider,
                *session.radio, *session.date_input]  # fmt: skip

    def write(self, form: str) -> Seen:
        """Presses the button of the form of that name; the page as it is afterwards."""
        with mock.patch.dict(os.environ, self.app.environment):
            next(each for each in self.session.button if each.key == f"write {form}").click()
            self.session.run()
            return seen(self.session)

    def look(self, **query: str) -> Seen:
        """The page once more, under this address."""
        with mock.patch.dict(os.environ, self.app.environment):
            return seen(asked(self.session, query))

    def kept(self, read: Any) -> pd.DataFrame:
        """What a reader of the journal gives."""
        with journal.reading(self.engine) as opened:
            frame: pd.DataFrame = read(opened)
            return frame


@pytest.fixture
def sit(visitor: Visitor, warehouses: Path, tmp_path: Path) -> Iterator[Any]:
    """(**query) -> somebody at the winner's page with a journal of the test's own."""
    app, sitting = apps.with_journal(warehouses, "winner", tmp_path), []

    def made(**query: str) -> Sitting:
        sitting.append(Sitting(app, visitor, **query))
        return sitting[-1]

    yield made
    for each in sitting:
        each.engine.dispose()


def title(shown: Seen) -> str:
    """The page's title, with plain spaces."""
    return shown.titles[0].replace(words.NO_BREAK, " ")


def errors(sitting: Sitting) -> list[str]:
    """What the page says went wrong."""
    return [bare(each.value) for each in sitting.session.error]


def bare(text: str) -> str:
    """Text as it reads on screen, without what keeps it from becoming markup."""
    return text.replace("\\", "").replace("\u2060", "").replace(words.NO_BREAK, " ")


def test_without_a_head_pin_the_page_says_so(visitor: Visitor, warehouses: Path, tmp_path: Path) -> None:
    """Nobody named one and no segment leads: the title says that, the rack stands, nobody is chased or parked."""
    shown = seen(visitor.opened(apps.with_journal(warehouses, "winner", tmp_path, ("region",)), "markets"))
    assert_fine(shown)
    assert title(shown).startswith("No head pin is named. ")
    order = shown.tables[ORDER]
    assert "head pin" not in set(order["Status"])
    assert len(order) == len({*order["Pin"]}) >= 6
    assert len(shown.charts) == 2
    assert not any("parked, not chased" in text for text in shown.texts)


def test_moving_pins_tells_what_to_finish_first(sit: Any) -> None:
    """A pin put in front makes the title; a market's size makes its ring a share; the history has who, when and why."""
    anna = sit(pin=HEAD)
    anna.open("move")
    anna.set(Status="head pin", Owner="Ben <b>", Who="Anna", **{"Why, in a sentence": "we **know** them"})
    shown = anna.write(f"move {HEAD}")
    assert_fine(shown)
    assert errors(anna) == []
    assert title(shown).startswith(f"Finish {HEAD} first: ")
    assert any("parked, not chased" in text for text in shown.texts)
    history = shown.tables[HISTORY].map(bare).iloc[0]
    assert (history["Pin"], history["Who"]) == (f"{HEAD} (Industry)", "Anna")
    assert "status head pin" in history["What"]
    anna.open("size")
    anna.set(**{"Accounts in the market": 560, "Source": "trade register", "Who": "M. Ito"})
    sized = anna.write(f"size {HEAD}")
    assert " of the 40 % that fells a pin" in title(sized)
    order = anna.look(show="order").tables[ORDER].set_index("Pin")
    assert order.loc[HEAD, "Market"] == "560 (trade register, M. Ito)"
    assert order.loc[HEAD, "Share"].endswith("of the market")
    assert order.loc[NEXT, "Share"].endswith("of the accounts we know")
    assert "Market of 560 accounts" in bare(anna.look(show="people").tables[PEOPLE].iloc[0]["What"])


def test_overruling_asks_for_a_reason_and_can_be_undone(sit: Any) -> None:
    """Without a reason nothing is written; with one another pin is next by who, and the evidence's stays in sight;
    taken back, the evidence's is next, and the history has all of it."""
    ben = sit(pin=OTHER)
    first = ben.look().tables[ORDER]
    by_evidence = first.loc[first["#"] == "1", "Pin"].iloc[0]
    assert by_evidence != OTHER
    ben.open("order")
    ben.set(Who="Ben")
    ben.write(f"order {OTHER}")
    assert errors(ben) == ["why is missing; say it in words"]
    assert len(ben.kept(journal.judgements)) == 0
    ben.set(**{"Why, against the evidence": "a partner opens the door"})
    shown = ben.write(f"order {OTHER}")
    assert title(shown).endswith(f"Then {OTHER}")
    text = bare(next(text for text in shown.texts if "was put next by Ben" in text))
    assert "a partner opens the door" in text
    assert f"The evidence puts {by_evidence} first" in text
    assert ben.look(show="order").tables[ORDER].set_index("#").loc["1", "Pin"] == OTHER
    ben.look(show="history")
    assert shown.tables[HISTORY].iloc[0]["Why"] == "a partner opens the door"
    ben.open("undo")
    ben.set(Who="Ben", Why="it closed")
    back = ben.write("undo")
    assert errors(ben) == []
    assert title(back).endswith(by_evidence)
    assert len(back.tables[HISTORY]) == 2
    assert back.tables[HISTORY].map(bare).iloc[0]["What"].startswith("Taken back: Place in the order")


def test_of_two_who_change_a_pin_the_later_is_told(sit: Any) -> None:
    """Whoever writes over what they have not seen is told who wrote, keeps their words, and may then write; nothing of
    the earlier is lost."""
    anna, ben = sit(pin=OTHER), sit(pin=OTHER)
    anna.open("move")
    ben.open("move")
    anna.set(Owner="Anna", Who="Anna", **{"Why, in a sentence": "I know them"})
    anna.write(f"move {OTHER}")
    ben.set(Status="not now", Who="Ben", **{"Why, in a sentence": "no budget"})
    shown = ben.write(f"move {OTHER}")
    assert any("has changed since you looked at it: version 1" in text and "Anna" in text for text in errors(ben))
    assert [each.value for each in ben.session.selectbox if each.label == "Status"] == ["not now"]
    assert next(each.value for each in ben.session.text_area if each.label == "Why, in a sentence") == "no budget"
    assert len(ben.kept(journal.pin_events)) == 1
    assert_fine(shown)
    ben.write(f"move {OTHER}")
    assert errors(ben) == []
    pin = ben.kept(journal.pins).iloc[0]
    assert (pin["status"], pin["version"]) == ("not now", 2)
    assert len(ben.kept(journal.pin_events)) == 2


def test_judgement_stands_beside_the_evidence(sit: Any) -> None:
    """What people judge has its own column beside the number, with who and when, and changes no number."""
    carl = sit(pin=NEXT)
    before = carl.look().tables[f"The six questions about {NEXT}"]
    assert list(before.columns) == [f"Why {NEXT}", "Here", "Head pin"]
    assert len(before) == 6
    carl.open("judge")
    carl.set(On="custom_work", Who="Carl", **{"From 0 (no) to 1 (yes)": 0.9, "Why, in a sentence": "they asked twice"})
    shown = carl.write(f"judge {NEXT}")
    after = shown.tables[f"The six questions about {NEXT}"]
    assert after["Here"].tolist() == before["Here"].tolist()
    told = after[after[f"Why {NEXT}"].str.startswith("Asked for custom work")]["Judgement"].map(bare).iloc[0]
    assert told.startswith("yes, Carl, ")
    assert "they asked twice" in carl.look(show="people").tables[PEOPLE].iloc[0]["What"]
    assert (after["Judgement"] != "").sum() == 1


def test_a_vouch_is_a_tie_with_a_name(sit: Any) -> None:
    """Somebody who would vouch for us to another pin ties the two, and is named."""
    anna = sit(pin=NEXT, show="ties")
    tie = f"From {NEXT} to"
    anna.open("vouch")
    anna.set(**{tie: OTHER, "Name, of a person or a case study": "Dr. Okoye", "Who": "Anna"})
    anna.write(f"vouch {NEXT}")
    ties = anna.look(show="ties").tables["What ties pins to one another"]
    mine = ties[ties[["Pin", "And"]].apply(lambda row: {*row} == {NEXT, OTHER}, axis=1)]
    assert "1 vouch" in mine["What ties them"].iloc[0]
    assert "Would vouch to Healthcare: Dr. Okoye" in bare(anna.look(show="people").tables[PEOPLE].iloc[0]["What"])


def test_a_past_day_cannot_be_changed(sit: Any) -> None:
    """On a past day there are no forms, and what was written since does not show."""
    now = sit(pin=OTHER)
    now.open("move")
    now.set(Status="never", Who="Anna", **{"Why, in a sentence": "hospitals do not buy"})
    shown = now.write(f"move {OTHER}")
    assert any(f"Not in the alley: {OTHER}" in written for written, _ in shown.charts for written in written)
    then = now.look(as_of="2026-06-28", show="order")
    assert_fine(then)
    assert not [each for each in now.session.button if "write" in str(each.key)]
    assert "never" not in set(then.tables[ORDER]["Status"])


def test_with_three_accounts_and_long_names_the_rack_stands(visitor: Visitor, warehouses: Path) -> None:
    """A segment of three accounts, and one with a name of 200 characters, have their pins; nothing is zero for lack
    of data."""
    few = visitor("odd", "markets", pins="place")
    assert_fine(few)
    assert apps.TRIO in set(few.tables[ORDER]["Pin"])
    long = visitor("odd", "markets", pins="long")
    assert_fine(long)
    assert any(name.startswith("Very long name") for name in long.tables[ORDER]["Pin"])
    hostile = visitor("odd", "markets", pins="hostile")
    assert_fine(hostile)


def test_only_accounts_make_question_marks(visitor: Visitor) -> None:
    """Where accounts alone are connected every answer is a question mark, and so is every share."""
    shown = visitor("accounts only", "markets", show="answers")
    assert_fine(shown)
    assert set(shown.tables["The six answers of every pin"]["Number"]) == {"?"}
    assert set(visitor("accounts only", "markets").tables[ORDER]["Share"]) == {"?"}
    first = visitor("accounts only", "markets")
    assert first.titles[0].endswith("Too early to say which market falls first")
    assert any("none comes before another" in text for text in first.texts)


def test_a_journal_that_is_away_is_said(visitor: Visitor, warehouses: Path, tmp_path: Path) -> None:
    """A journal that cannot be opened is told in a sentence, and the page does not fail."""
    app = apps.with_journal(warehouses, "small", tmp_path)
    (tmp_path / "journal.sqlite").write_text("no database, but a text that is long enough to be looked at " * 9)
    shown = seen(visitor.opened(app, "markets"))
    assert_fine(shown)
    assert any("did not answer" in text for text in shown.texts)


def test_the_history_has_what_was_taken_back(tmp_path: Path) -> None:
    """Every size and judgement ever kept is told, also those that another replaced or that were taken back."""
    engine = journal.open_journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    day = apps.AS_OF
    first = journal.keep_market_size(engine, "industry", HEAD, 500, "guess", day, "Anna", day)
    journal.keep_market_size(engine, "industry", HEAD, 560, "register", day, "Ben", day, first)
    mark = journal.keep_judgement(engine, "industry", HEAD, "leadership", 1.0, "all know us", "Carl", day)
    journal.take_back(engine, "judgements", mark, "Carl", day)
    with pytest.raises(Refused, match="has changed"):
        journal.keep_market_size(engine, "industry", HEAD, 9, "guess", day, "Anna", day, first)
    with journal.reading(engine) as opened:
        told = journal.market_changes(opened)
        assert journal.market_changes(opened, day.replace(year=2025)).empty
    by_kind = told.sort_values(["kind", "id"], kind="stable").to_dict("records")
    assert [(row["kind"], row["gone"], row["who"]) for row in by_kind] == [
        ("judgements", False, "Carl"), ("judgements", True, "Carl"),
        ("market_sizes", False, "Anna"), ("market_sizes", False, "Ben"),
    ]  # fmt: skip
    assert by_kind[-1]["said"]["number"] == 560
    engine.dispose()
