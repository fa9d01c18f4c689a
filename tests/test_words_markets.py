"""Follow-on markets in sentences: the numbers of the alley, names as they are, unknown as a question mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from alleys import counted, judged, rows
from test_markets import EVEN, FOUR, HEAD, TIED

from gtm_metrics import markets
from gtm_metrics.markets import Said
from gtm_metrics.words import markets as said
from gtm_metrics.words import plain

SIZES = {"source": "trade register", "dated": date(2026, 9, 1), "who": "M. Ito"}


def test_the_title_says_to_finish_the_head_pin_first() -> None:
    """Of the market where its size was entered, else how many are customers; down, the next falls; without a head pin
    that is said; a weak order says perhaps."""
    frames = counted(FOUR, TIED)
    sized = judged(frames, "Head", said=Said(sizes=rows(["Head"], number=210, **SIZES)))
    assert said.title(sized) == "Finish Head first: 38\u00a0% of the 40\u00a0% that fells a pin. Then Near"
    assert said.title(judged(frames, "Head")) == "Finish Head first: 20\u00a0% are customers. Then Near"
    down = judged(frames, "Head", said=Said(sizes=rows(["Head"], number=100, **SIZES)))
    assert said.title(down) == "Head is down. Near falls next"
    assert said.title(judged(frames)).startswith("No head pin is named. ")
    assert said.title(judged(counted(FOUR, {}), "Head")).endswith("Then perhaps Far")
    unknown = counted(FOUR, TIED)
    unknown["shares"] = unknown["shares"].assign(customers=pd.array([pd.NA] * 4, dtype="Int64"))
    assert said.title(judged(unknown, "Head")) == "Finish Head first. Then Near"
    alone = counted({"Head": HEAD}, {})
    assert said.title(judged(alone, "Head")) == "Finish Head first: 20\u00a0% are customers"


def test_the_paragraph_says_why_and_what_would_change_it() -> None:
    """The score, what the next leans on, what is left, what it opens; how many referrals change it; what is parked."""
    pins = {name: pin | {"requests": 4} for name, pin in FOUR.items()}
    found = judged(counted(pins, TIED), "Head")
    row = found.pin("Near")
    assert said.paragraph(found) == (
        f"**Near** scores highest, {row['ease']:.2f} for ease times {row['benefit']:.2f} for benefit: it leans on Head "
        f"(18 referrals), it has 200 accounts left to win and it opens Middle. Middle would be first with "
        f"{found.to_lead} more referrals from Head in 12 months. Counts drawn anew keep Near first in "
        f"{100 * (found.holds or 0):.0f} of 100. "
        "Until Head falls, 12 requests from the other pins are parked, not chased."
    )


def test_a_weak_order_says_so_with_its_reasons() -> None:
    """Hardly a tie: the paragraph names the reason and promises no hold."""
    told = said.paragraph(judged(counted(FOUR, {("Head", "Near"): 3}), "Head"))
    assert "The order is weak: hardly anything ties these markets to one another" in told
    assert "drawn anew" not in told
    assert set(said.WHY_WEAK) == {markets.NO_TIES, markets.BY_LUCK, markets.CLOSE, markets.FEW}


def test_who_overruled_the_order_is_told_beside_the_evidence() -> None:
    """Who put another next, when and why, and what the evidence says; a markup in a name stays as it is written."""
    ruled = rows(["Far"], question="order", value=1.0, why="their *fair*", who="Ada", on=date(2026, 9, 1))
    told = said.paragraph(judged(counted(FOUR, TIED), "Head", said=Said(judgements=ruled)))
    assert told.startswith("**Far** was put next by Ada on 1 Sep 2026: their \\*fair\\*. The evidence puts Near first.")


@pytest.mark.parametrize(
    ("number", "n", "estimate", "part", "text"),
    [
        (30, 100, 0.3, "inbound", "30\u00a0% of 100"), (3, 8, None, "inbound", "3 of 8"),
        (96, 96, None, "decided", "96"),
        (None, 40, 0.512, "score", "0.51 of 40 customers"), (None, 4, None, "score", "4 customers"),
        (2, 20, -0.4, "nps", "−40 of 20 answers"), (5, 4000, 0.0125, "churn", "1.2\u00a0% a month"),
    ],
)  # fmt: skip
def test_an_answer_is_a_number_with_its_n(number: int, n: int, estimate: float, part: str, text: str) -> None:
    """Rates with n, counts where few, means of how many; and a question mark where nothing is known."""
    row = {"number": number, "n": n, "estimate": estimate, "part": part, "status": "ok"}
    assert said.answer(row) == text
    assert said.answer(row | {"status": markets.UNKNOWN}) == "?"
    head = row | {"head_number": number, "head_n": n, "head_estimate": estimate}
    assert said.beside_head(head) == text
    assert said.beside_head(head | {"head_n": None}) == ""


def test_every_question_and_part_has_words() -> None:
    """Each question of the judge and each part of an answer is called something."""
    answers = judged(counted(FOUR, TIED), "Head").answers
    assert set(said.QUESTIONS) == set(markets.QUESTIONS) == set(answers["question"])
    assert set(answers["part"]) == set(said.PARTS)


def test_a_tie_and_a_share_say_what_they_are() -> None:
    """Only what there is of a tie is named; a share says of what, a question mark where customers are unknown."""
    tie = {"referrals": 31, "vouched": 1, "shared_competitors": 3, "shared_attributes": 0, "accounts_in_both": 1}
    assert said.tie_words(tie) == "31 referrals, 1 vouch, 3 shared competitors, 1 account in both"
    assert said.share_label({"share": 0.38, "share_of": "market"}) == "38\u00a0% of the market"
    assert said.share_label({"share": 0.0, "share_of": "accounts we know"}) == "0\u00a0% of the accounts we know"
    assert said.share_label({"share": None, "share_of": "accounts we know"}) == "?"


def test_the_footnote_names_sources() -> None:
    """Market sizes with whose they are, what a line is, and who says which pin is the head."""
    found = judged(counted(FOUR, TIED), "Head", said=Said(sizes=rows(["Head"], number=560, **SIZES)))
    note = said.footnote(found, date(2025, 11, 17), date(2026, 11, 15), date(2025, 11, 16), date(2026, 11, 15))
    assert "(Head 560, trade register, M. Ito); dashed: of the accounts we know." in note
    assert "Line: referrals since 16 Nov 2025" in note
    assert note.endswith("Head pin: by the decision to tighten on it.")


def test_demand_outside_the_target_is_told_by_name() -> None:
    """Who converts, since when and at what; nobody; or too early to say."""
    row = {"segment": "S_aas", "state": markets.CONVERTING, "since": date(2026, 8, 3), "evidence": 200.0}
    row |= {"needed": 80.0, "carrying": ["response_rate", "won_in_time"]}
    quiet = row | {"segment": "Banks", "state": markets.QUIET, "since": None, "carrying": []}
    assert said.demand(pd.DataFrame([row, quiet]), plain) == (
        "Outside the target S_aas since the week of 3 Aug 2026 (response and wins in time) converts better than the "
        "other markets, beyond luck."
    )
    assert "S\\_aas" in said.demand(pd.DataFrame([row]))
    nobody = "Outside the target no market converts better than the others beyond luck."
    assert said.demand(pd.DataFrame([quiet])) == nobody
    early = pd.DataFrame([quiet | {"state": markets.EARLY}])
    assert said.demand(early) == "Outside the target it is too early to say whether a market starts converting."


def test_nothing_to_set_beside_another() -> None:
    """Pins of which none can fall, and no head pin: the title says there is no market."""
    never = rows(["A"], status="never", owner="", who="Ada", on=None)
    found = judged(counted({"A": EVEN}, {}), said=Said(pins=never))
    assert (found.next, said.title(found)) == (None, said.EMPTY)
    assert said.why_next(found) == said.would_change(found) == ""
    assert said.would_change(replace(judged(counted(FOUR, TIED), "Head"), to_lead=None)) == (
        "Middle is second, and referrals from Head alone would not put it first."
    )
