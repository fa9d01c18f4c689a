"""Pins are changed version by version: every change is kept with who, when and why, and can be put back."""

from __future__ import annotations

import random
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.journal.tables import STATUSES

TODAY = date(2026, 6, 24)
LATER = date(2026, 7, 8)
RULE = [{"dimension": "industry", "segments": ["Retail", "Banks", "Retail"]}]


def pin(engine: sa.Engine, segment: str, saw: int | None = None, who: str = "Ada", **changes: Any) -> int:
    """Sets up or changes a pin of an industry."""
    today = changes.pop("today", TODAY)
    return journal.keep_pin(engine, "industry", segment, changes, "we talked", who, today, saw)


def rack(engine: sa.Engine, as_of: date | None = None) -> list[dict[str, Any]]:
    """The pins as they stand."""
    with journal.reading(engine) as seen:
        rows: list[dict[str, Any]] = journal.pins(seen, as_of).to_dict("records")
    return rows


def changes(engine: sa.Engine) -> list[dict[str, Any]]:
    """Their history, oldest first."""
    with journal.reading(engine) as seen:
        rows: list[dict[str, Any]] = journal.pin_events(seen).to_dict("records")
    return rows


def test_a_pin_is_set_up_and_changed(kept: sa.Engine) -> None:
    """A pin begins as a candidate that nobody placed; a change touches what it names, and both are in the history."""
    assert pin(kept, "Retail") == 1
    assert pin(kept, "Retail", 1, "Ben", status="next", position=2, owner=" Cy ", today=LATER) == 2
    first, second = changes(kept)
    assert (first["then"], first["version"], first["who"], first["on"]) == ({}, 1, "Ada", TODAY)
    assert first["now"] == {"status": "candidate", "position": None, "owner": "", "notes": "", "rule": None,
                            "gone": False}
    assert second["then"] == {"status": "candidate", "position": None, "owner": ""}
    assert second["now"] == {"status": "next", "position": 2, "owner": "Cy"}
    assert (second["why"], second["segment"], second["undoes"]) == ("we talked", "Retail", None)
    assert rack(kept) == [{"id": 1, "dimension": "industry", "segment": "Retail", "rule": None, "status": "next",
                           "position": 2, "owner": "Cy", "notes": "", "version": 2, "who": "Ben", "on": LATER}]


def test_the_rack_of_a_past_day(kept: sa.Engine) -> None:
    """The rack of a day is what the changes until then made; all changes together make the rack of today."""
    pin(kept, "Retail")
    pin(kept, "Retail", 1, status="next", today=LATER)
    pin(kept, "Banks", position=3, today=LATER)
    then = [(one["segment"], one["status"], one["version"]) for one in rack(kept, TODAY)]
    assert then == [("Retail", "candidate", 1)]
    assert rack(kept, date(2026, 6, 23)) == []
    assert rack(kept, LATER) == rack(kept)


def test_a_pin_may_be_a_rule(kept: sa.Engine) -> None:
    """A pin over several attributes has a name and a rule; without dimension and rule there is nothing to count."""
    assert journal.keep_pin(kept, "", "Shops and banks", {"rule": RULE}, "one song", "Ada", TODAY) == 1
    assert rack(kept)[0]["rule"] == [{"dimension": "industry", "segments": ["Banks", "Retail"]}]
    with pytest.raises(Refused, match="neither a dimension nor a rule"):
        journal.keep_pin(kept, "", "Shops", {}, "x", "Ada", TODAY)
    with pytest.raises(Refused, match="neither a dimension nor a rule"):
        journal.keep_pin(kept, "", "Shops and banks", {"rule": None}, "x", "Ada", TODAY, saw=1)


@pytest.mark.parametrize("saw", [None, 1, 7])
def test_of_two_who_change_a_pin_the_later_is_told(kept: sa.Engine, saw: int | None) -> None:
    """Whoever did not look at the last version is told who changed what and when; nothing is overwritten."""
    pin(kept, "Retail")
    pin(kept, "Retail", 1, "Ben", status="next", today=LATER)
    before = rack(kept)
    with pytest.raises(Refused, match=r"version 2 \(status 'next'\) was kept by Ben on 2026-07-08; look again"):
        pin(kept, "Retail", saw, owner="Ada")
    with pytest.raises(Refused, match="was never set up"):
        pin(kept, "Banks", 1, owner="Ada")
    assert rack(kept) == before


def test_eight_at_once_make_one_change(kept: sa.Engine) -> None:
    """Of eight who saw the same version and change it in the same moment one is kept and seven are told."""
    pin(kept, "Retail")
    start, told = Barrier(8), []

    def one(name: str) -> None:
        start.wait()
        try:
            pin(kept, "Retail", 1, name, owner=name)
        except Refused as refused:
            told.append(str(refused))

    threads = [Thread(target=one, args=(f"W{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [event["version"] for event in changes(kept)] == [1, 2]
    assert len(told) == 7


def test_a_change_is_put_back(kept: sa.Engine) -> None:
    """Putting a change back restores its fields alone, is itself a change, and can be put back."""
    pin(kept, "Retail", owner="Cy")
    pin(kept, "Retail", 1, status="next")
    pin(kept, "Retail", 2, owner="Dee")
    assert journal.undo_pin(kept, 2, "too early", "Ben", LATER, saw=3) == 4
    assert (rack(kept)[0]["status"], rack(kept)[0]["owner"], rack(kept)[0]["who"]) == ("candidate", "Dee", "Ben")
    last = changes(kept)[-1]
    assert (last["undoes"], last["then"], last["now"]) == (2, {"status": "next"}, {"status": "candidate"})
    assert journal.undo_pin(kept, 4, "in time after all", "Ada", LATER, saw=4) == 5
    assert rack(kept)[0]["status"] == "next"


def test_what_cannot_be_put_back_says_why(kept: sa.Engine) -> None:
    """A change that was put back, was changed again since, or was seen in an older version stays as it is."""
    pin(kept, "Retail")
    pin(kept, "Retail", 1, status="next")
    pin(kept, "Retail", 2, status="standing")
    undo = journal.undo_pin
    with pytest.raises(Refused, match="status of Retail changed again since change 2"):
        undo(kept, 2, "x", "Ben", LATER, saw=3)
    with pytest.raises(Refused, match=r"version 3 .* was kept by Ada"):
        undo(kept, 3, "x", "Ben", LATER, saw=2)
    with pytest.raises(Refused, match="no change 9"):
        undo(kept, 9, "x", "Ben", LATER, saw=3)
    undo(kept, 3, "x", "Ben", LATER, saw=3)
    with pytest.raises(Refused, match=r"change 3 of Retail was put back by Ben on 2026-07-08 already"):
        undo(kept, 3, "x", "Cy", LATER, saw=4)


def test_a_pin_is_taken_out_and_set_up_again(kept: sa.Engine) -> None:
    """Putting back that a pin was set up takes it out; it may come back, as new, and its history goes on."""
    pin(kept, "Retail", status="standing", owner="Cy")
    journal.undo_pin(kept, 1, "no market", "Ben", LATER, saw=1)
    assert rack(kept) == []
    assert [one["segment"] for one in rack(kept, TODAY)] == ["Retail"]
    assert pin(kept, "Retail", position=1, today=LATER) == 3
    assert [(one["status"], one["owner"], one["position"], one["version"]) for one in rack(kept)] == [
        ("candidate", "", 1, 3)]
    assert rack(kept, LATER) == rack(kept)


def test_there_is_one_head_pin(kept: sa.Engine) -> None:
    """A second head pin is refused, also where it would come by putting something back."""
    pin(kept, "Retail", status="head pin")
    with pytest.raises(Refused, match="Retail is the head pin; there is one at a time"):
        pin(kept, "Banks", status="head pin")
    pin(kept, "Retail", 1, status="down")
    pin(kept, "Banks", status="head pin")
    with pytest.raises(Refused, match="Banks is the head pin"):
        journal.undo_pin(kept, 2, "not down yet", "Ada", LATER, saw=2)
    assert [one["status"] for one in rack(kept)] == ["down", "head pin"]


@pytest.mark.parametrize("seed", range(2))
def test_the_history_is_enough_to_make_every_rack_again(kept: sa.Engine, seed: int) -> None:
    """Whatever is done in whatever order, the changes until a day make the rack of that day, and versions count on."""
    chance, racks = random.Random(seed), {}
    for n in range(40):
        day = TODAY + timedelta(days=n)
        there = {one["segment"]: one for one in rack(kept)}
        events = changes(kept)
        segment = chance.choice(("Retail", "Banks", "Farms"))
        try:
            if events and chance.random() < 0.4:
                event = chance.choice(events)
                saw = max(one["version"] for one in events if one["pin"] == event["pin"])
                journal.undo_pin(kept, event["id"], "no", "Ada", day, saw)
            else:
                given = {"status": chance.choice(STATUSES), "position": chance.choice((None, 1, 7)),
                         "owner": chance.choice(("Cy", "Dee"))}
                given = {field: given[field] for field in chance.sample(sorted(given), 2)}
                pin(kept, segment, there[segment]["version"] if segment in there else None, today=day, **given)
        except Refused:
            assert rack(kept) == list(there.values()), "what is refused changes nothing"
        racks[day] = rack(kept)
    assert all(rack(kept, day) == then for day, then in racks.items())
    assert sum(one["undoes"] is not None for one in changes(kept)) > 3
    by_pin: dict[int, list[int]] = {}
    for event in changes(kept):
        by_pin.setdefault(event["pin"], []).append(event["version"])
    assert all(versions == list(range(1, len(versions) + 1)) for versions in by_pin.values())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": "falling"}, "status is 'falling'; it is one of head pin, next"),
        ({"position": 15}, "position is 15; it is 0 .in front. to 14"),
        ({"position": -1}, "position is -1"),
        ({"position": 1.5}, "position is 1.5"),
        ({"position": True}, "position is True"),
        ({"version": 7}, "there is no 'version' to change"),
        ({"gone": True}, "there is no 'gone' to change"),
        ({"rule": [{"dimension": "industry"}]}, "the segments that fit"),
        ({"owner": "Cy"}, "nothing would change"),
        ({"who": " "}, "who is missing"),
    ],
)
def test_a_change_that_cannot_be_is_refused(kept: sa.Engine, given: dict[str, Any], said: str) -> None:
    """What is no field, no value of one, or no change is refused, and leaves no trace."""
    pin(kept, "Retail", owner="Cy")
    before = changes(kept)
    with pytest.raises(Refused, match=said):
        journal.keep_pin(kept, "industry", "Retail", {k: v for k, v in given.items() if k != "who"}, "why",
                         given.get("who", "Ada"), TODAY, saw=1)
    assert changes(kept) == before


@pytest.mark.parametrize(
    "change",
    [
        "update pins set owner = 'x'",
        "update pins set version = version + 2",
        "update pins set version = version + 1, segment = 'x'",
        "delete from pins",
        "insert or replace into pins select * from pins",
    ],
)
def test_the_database_refuses_to_lose_a_version(kept: sa.Engine, change: str) -> None:
    """A pin is not deleted, not renamed, and not changed without counting its version on, whoever asks."""
    pin(kept, "Retail")
    with pytest.raises(sa.exc.IntegrityError, match="version by version"), journal.writing(kept) as writer:
        writer.execute(sa.text(change))


def test_every_change_of_a_pin_is_noted(kept: sa.Engine) -> None:
    """Setting up, changing and putting back stand in the audit, with who."""
    pin(kept, "Retail")
    pin(kept, "Retail", 1, "Ben", owner="Cy")
    journal.undo_pin(kept, 2, "no", "Dee", LATER, saw=2)
    with journal.reading(kept) as seen:
        noted = journal.audit(seen)
    assert list(zip(noted["who"], noted["what"], strict=True)) == [
        ("Dee", "put back a pin"), ("Ben", "pin"), ("Ada", "pin")]
