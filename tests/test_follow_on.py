"""The alley as the warehouse and the journal make it: who is the head pin, what people keep, what is watched."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from refreshes import LAST, refreshed

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.follow_on import FollowOn, demand_outside, dimension_of, follow_on, head_key, said, set_apart
from gtm_metrics.markets import Said
from gtm_metrics.question import Question
from gtm_metrics.weeks import sunday

TODAY = sunday(LAST)
BY = "industry"


def pin(engine: sa.Engine, dimension: str, segment: str, saw: int | None = None, **changes: Any) -> int:
    """Sets up or changes a pin."""
    return journal.keep_pin(engine, dimension, segment, changes, "they asked", "Ada", TODAY, saw)


def told(engine: sa.Engine, as_of: date = TODAY) -> Said:
    """What the journal holds of the alley."""
    with journal.reading(engine) as seen:
        return said(seen, as_of)


def asked(small: Any, engine: sa.Engine, by: str = BY) -> FollowOn:
    """The alley of the usual company."""
    return follow_on(small.warehouse, small.company, Question(TODAY, (by,), weeks=52), told(engine))


def test_an_empty_journal_has_no_head_pin(usual: Any, kept: sa.Engine) -> None:
    """Nobody decided and nobody leads: no head pin, every industry a pin, the first dimension's, nothing watched."""
    found = asked(usual, kept)
    assert (found.alley.head, head_key(found.said)) == (None, None)
    assert set(found.alley.pins["segment"]) == {"Retail", "Banks", "Schools", "Clinics"}
    assert dimension_of(usual.warehouse, usual.company, found.said) == BY
    with journal.reading(kept) as seen:
        assert demand_outside(seen, usual.company, found.said, TODAY).empty
        assert set_apart(seen, TODAY) == ()


def test_a_decision_names_the_head_pin_until_it_is_taken_back(usual: Any, begun: sa.Engine) -> None:
    """To tighten on a segment puts it in front; to stay loose again leaves nobody there; a pin put in front goes before
    either. The markets beside it are watched once weeks are frozen."""
    refreshed(usual, begun, LAST)
    journal.decide(begun, "tighten", BY, "Schools", "they answer", "Ada", TODAY)
    assert (asked(usual, begun).alley.head, asked(usual, begun).alley.head_by) == ("Schools", "decision")
    with journal.reading(begun) as seen:
        outside = demand_outside(seen, usual.company, said(seen, TODAY), TODAY)
    assert set(outside["segment"]) == {"Retail", "Banks", "Clinics"}
    pin(begun, BY, "Banks", status="head pin")
    assert (asked(usual, begun).alley.head, asked(usual, begun).alley.head_by) == ("Banks", "pin")
    pin(begun, BY, "Banks", 1, status="standing")
    journal.decide(begun, "loose", BY, "Schools", "it was luck", "Ada", TODAY, replaces=1)
    assert asked(usual, begun).alley.head is None


def test_what_people_keep_comes_with_its_reason(usual: Any, kept: sa.Engine) -> None:
    """A pin put next overrules with the reason its status was changed for, not that of a later change; a market's size
    stands with its source; a pin of rules is one among the others; a day before knows nothing of it."""
    last = asked(usual, kept).alley.pins["segment"].iloc[-1]
    pin(kept, BY, last, status="next")
    journal.keep_pin(kept, BY, last, {"owner": "Cy"}, "Cy takes it", "Ben", TODAY, 1)
    rule = [{"dimension": "size", "segments": ["small"]}, {"dimension": BY, "segments": ["Banks", "Retail"]}]
    pin(kept, "", "Small shops", rule=rule)
    journal.keep_market_size(kept, BY, last, 1000, "their register", TODAY, "Ada", TODAY)
    found = asked(usual, kept).alley
    row = found.pin(last)
    assert (found.next, row["owner"], row["market"], row["market_source"]) == (last, "Cy", 1000, "their register, Ada")
    assert found.evidence_next != last
    assert found.overruled is not None
    assert (found.overruled["segment"], found.overruled["why"]) == (last, "they asked")
    assert found.pin("Small shops")["accounts"] < found.pin("Banks")["accounts"] + found.pin("Retail")["accounts"]
    both = found.tie("Small shops", "Banks")
    assert both is not None
    assert both["accounts_in_both"] > 0
    earlier = told(kept, date(2020, 1, 1))
    assert (len(earlier.pins), len(earlier.sizes)) == (0, 0)


def test_a_head_pin_of_another_dimension_stays_in_front(usual: Any, begun: sa.Engine) -> None:
    """Asked by size, the industry people tightened on is the head pin among the sizes."""
    journal.decide(begun, "tighten", BY, "Schools", "they answer", "Ada", TODAY)
    found = asked(usual, begun, "size").alley
    assert found.head == "Schools"
    assert found.pins["segment"].iloc[0] == "Schools"
    assert set(found.pins["segment"]) == {"Schools", "small", "large"}


def test_a_small_head_pin_is_among_the_fifteen(warehouse_of: Any) -> None:
    """Of twenty industries fifteen are pins: those with the most accounts, and the head pin, which is the smallest."""
    names = [f"i{n:02d}" for n in range(20) for _ in range(n + 1)]
    accounts = pd.DataFrame({"account_id": [f"a{n}" for n in range(len(names))], "industry": names})
    small = warehouse_of({"accounts": accounts}, segments={"dimensions": [BY]})
    found = follow_on(small.warehouse, small.company, Question(TODAY, (BY,)), Said(tightened=(BY, "i00"))).alley
    assert found.head == "i00"
    assert set(found.pins["segment"]) == {"i00", *(f"i{n:02d}" for n in range(6, 20))}
    assert sorted(found.pins["position"]) == list(range(15))


def test_markets_need_an_attribute(warehouse_of: Any) -> None:
    """Accounts without any attribute have no markets, and the refusal says what to connect."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a", "b"]})})
    with pytest.raises(Refused, match="accounts have no attribute whose values could be markets"):
        dimension_of(small.warehouse, small.company, Said())
