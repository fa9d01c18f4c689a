"""What people know of customers is kept with who and when, can be corrected or taken back, and stays in the history."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.journal.tables import CRITERIA

TODAY = date(2026, 6, 24)
LATER = date(2026, 7, 8)
RULES = [{"dimension": "industry", "segments": ["Retail", "Banks", "Retail"]}]


@pytest.fixture
def kept(tmp_path: Path) -> sa.Engine:
    """An empty journal."""
    return journal.open_journal(f"sqlite:///{tmp_path / 'kept.sqlite'}")


def ideal(engine: sa.Engine, sentence: str = "Shops", saw: int | None = None, **more: Any) -> int:
    """Keeps a version of the ideal profile."""
    given = {"rules": RULES, "evidence": [], "why": "they stay", "who": "Ada", "today": TODAY} | more
    return journal.keep_profile(engine, "ideal", sentence, saw=saw, **given)


def on_lists(engine: sa.Engine, as_of: date | None = None) -> dict[str, str]:
    """Account -> the list it is on."""
    with journal.reading(engine) as seen:
        rows = journal.listed(seen, as_of)
    return dict(zip(rows["account_id"], rows["kind"], strict=True))


def test_a_profile_is_kept_version_by_version(kept: sa.Engine) -> None:
    """The last version is in effect, that of a past day can be asked for, and the negative profile is another."""
    assert ideal(kept) == 1
    assert ideal(kept, "Shops and banks", saw=1, who="Ben", today=LATER) == 2
    journal.keep_profile(kept, "negative", "Agencies", RULES, [], "they leave", "Ada", TODAY)
    with journal.reading(kept) as seen:
        now, then = journal.profile(seen, "ideal"), journal.profile(seen, "ideal", TODAY)
        assert journal.profile(seen, "ideal", TODAY - timedelta(days=1)) is None
        assert list(journal.profiles(seen, kind="ideal")["version"]) == [1, 2]
        assert journal.profile(seen, "negative")["sentence"] == "Agencies"  # type: ignore[index]
    assert now is not None
    assert then is not None
    assert (now["version"], now["who"], now["on"]) == (2, "Ben", LATER)
    assert (then["version"], then["sentence"]) == (1, "Shops")
    assert now["rules"] == [{"dimension": "industry", "segments": ["Banks", "Retail"]}]


def test_a_profile_is_taken_back_and_begun_again(kept: sa.Engine) -> None:
    """After a taking back there is no profile, the history keeps it, and the next version needs to have seen none."""
    ideal(kept)
    assert journal.take_back_profile(kept, "ideal", "too broad", "Ben", LATER, saw=1) == 2
    with journal.reading(kept) as seen:
        assert journal.profile(seen, "ideal") is None
        assert journal.profile(seen, "ideal", TODAY) is not None
    assert ideal(kept, "Banks", today=LATER) == 3


@pytest.mark.parametrize("saw", [None, 1, 7])
def test_of_two_who_change_a_profile_the_later_is_told(kept: sa.Engine, saw: int | None) -> None:
    """Whoever did not look at the last version is refused, with who changed it; the version stays as it was."""
    ideal(kept)
    ideal(kept, "Banks", saw=1, who="Ben", today=LATER)
    with pytest.raises(Refused, match=r"version 2 was kept by Ben on 2026-07-08; look again"):
        ideal(kept, "Farms", saw=saw)
    with journal.reading(kept) as seen:
        assert journal.profile(seen, "ideal")["sentence"] == "Banks"  # type: ignore[index]


def test_two_at_once_write_one_version(kept: sa.Engine) -> None:
    """Eight who keep a profile in the same moment, all having seen none: one is kept, seven are told."""
    start, told = Barrier(8), []

    def one(name: str) -> None:
        start.wait()
        try:
            ideal(kept, name, who=name)
        except Refused as refused:
            told.append(str(refused))

    threads = [Thread(target=one, args=(f"W{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with journal.reading(kept) as seen:
        assert len(journal.profiles(seen)) == 1
    assert len(told) == 7


def test_never_and_not_now_are_different_lists(kept: sa.Engine) -> None:
    """An account is on one list at a time; not now ends on its day by itself; taken off, it is on none."""
    assert on_lists(kept, TODAY) == {}
    put = journal.put_on_list
    assert put(kept, "never", {"a": "Acme", "b": "Bolt"}, "too small", "Ada", TODAY) == 2
    assert put(kept, "not_now", {"b": "Bolt", "c": "Cove"}, "next year", "Ben", LATER, date(2027, 1, 1)) == 2
    assert on_lists(kept) == {"a": "never", "b": "not_now", "c": "not_now"}
    assert on_lists(kept, TODAY) == {"a": "never", "b": "never"}
    assert on_lists(kept, date(2026, 12, 31)) == {"a": "never", "b": "not_now", "c": "not_now"}
    assert on_lists(kept, date(2027, 1, 1)) == {"a": "never"}
    assert journal.take_off_list(kept, ["a", "z"], "they grew", "Ben", LATER) == 1
    assert on_lists(kept, LATER) == {"b": "not_now", "c": "not_now"}
    assert on_lists(kept, TODAY) == {"a": "never", "b": "never"}


def test_the_same_account_is_not_put_on_a_list_twice(kept: sa.Engine) -> None:
    """Putting an account where it is already, for the same reason, changes nothing; another reason replaces it."""
    put = journal.put_on_list
    assert put(kept, "never", {"a": "Acme"}, "too small", "Ada", TODAY) == 1
    assert put(kept, "never", {"a": "Acme"}, "too small", "Ada", LATER) == 0
    assert put(kept, "never", {"a": "Acme"}, "a competitor", "Ada", LATER) == 1
    with journal.reading(kept) as seen:
        assert list(journal.listed(seen)["why"]) == ["a competitor"]


def test_what_customers_said_can_be_corrected(kept: sa.Engine) -> None:
    """A note stands until it is corrected or taken back; a second correction of the same note is refused."""
    first = journal.note(kept, "a", "Acme", " it saves  us Fridays ", "time", "Ada", TODAY)
    second = journal.note(kept, "a", "Acme", "it saves us Mondays", "time", "Ben", LATER, replaces=first)
    journal.note(kept, "b", "Bolt", "too dear", "price", "Ada", TODAY)
    with pytest.raises(Refused, match="changed or taken back"):
        journal.note(kept, "a", "Acme", "no, Sundays", "time", "Cy", LATER, replaces=first)
    with journal.reading(kept) as seen:
        assert list(journal.notes(seen)["said"]) == ["it saves us Mondays", "too dear"]
        assert list(journal.notes(seen, TODAY, ["a"])["said"]) == ["it saves us Fridays"]
    journal.take_back_note(kept, second, "Ada", LATER)
    with journal.reading(kept) as seen:
        assert list(journal.notes(seen)["said"]) == ["too dear"]
    with pytest.raises(Refused, match=f"no note {second}"):
        journal.take_back_note(kept, second, "Ada", LATER)


def test_a_criterion_is_answered_by_people(kept: sa.Engine) -> None:
    """The last answer to each criterion counts, with who gave it and when; one that does not exist is refused."""
    journal.answer(kept, "ready", "they have a date", "Ada", TODAY)
    journal.answer(kept, "ready", "they have a budget year", "Ben", LATER)
    journal.answer(kept, CRITERIA[-1], "they speak at fairs", "Ada", TODAY)
    with journal.reading(kept) as seen:
        rows, then = journal.criteria(seen), journal.criteria(seen, TODAY)
    assert dict(zip(rows["criterion"], rows["who"], strict=True)) == {"ready": "Ben", "will advocate": "Ada"}
    assert dict(zip(then["criterion"], then["who"], strict=True)) == {"ready": "Ada", "will advocate": "Ada"}
    with pytest.raises(Refused, match="a criterion is one of ready, willing"):
        journal.answer(kept, "rich", "yes", "Ada", TODAY)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda e: ideal(e, " "), "sentence is missing"),
        (lambda e: ideal(e, why=""), "why is missing"),
        (lambda e: ideal(e, rules=[]), "at least one rule"),
        (lambda e: ideal(e, rules=[{"dimension": "industry", "segments": []}]), "the segments that fit"),
        (lambda e: journal.keep_profile(e, "best", "x", RULES, [], "y", "z", TODAY), "one of ideal, negative"),
        (lambda e: journal.put_on_list(e, "later", {"a": "A"}, "x", "y", TODAY), "one of never, not_now"),
        (lambda e: journal.put_on_list(e, "never", {"a": "A"}, "x", "y", TODAY, LATER), "never.* has none"),
        (lambda e: journal.put_on_list(e, "not_now", {"a": "A"}, "x", "y", TODAY, TODAY), "must lie after"),
        (lambda e: journal.put_on_list(e, "never", {"a": "A"}, "", "y", TODAY), "why is missing"),
        (lambda e: journal.note(e, "a", "A", " ", "x", "y", TODAY), "said is missing"),
        (lambda e: journal.answer(e, "ready", "x", " ", TODAY), "who is missing"),
    ],
)
def test_words_that_say_too_little_are_refused(kept: sa.Engine, act: Any, said: str) -> None:
    """What has no who, no why or no such kind is refused, and leaves no trace."""
    with pytest.raises(Refused, match=said):
        act(kept)
    with journal.reading(kept) as seen:
        assert journal.audit(seen).empty


def test_everything_that_changes_is_noted(kept: sa.Engine) -> None:
    """Whatever people keep or take back stands in the audit, with who."""
    ideal(kept)
    journal.put_on_list(kept, "never", {"a": "Acme"}, "too small", "Ben", TODAY)
    journal.take_off_list(kept, ["a"], "they grew", "Cy", LATER)
    journal.note(kept, "a", "Acme", "fine", "", "Dee", TODAY)
    journal.answer(kept, "able", "yes", "Eve", TODAY)
    with journal.reading(kept) as seen:
        noted = journal.audit(seen)
    assert list(noted["who"]) == ["Eve", "Dee", "Cy", "Ben", "Ada"]
    assert list(noted["what"]) == ["answered", "note", "took off lists", "put on never", "profile"]
