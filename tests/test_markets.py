"""Follow-on markets: the order the pins fall in, what it is made of, and when it is worth little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from alleys import BY, counted, judged, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics import markets
from gtm_metrics.markets import Said

EVEN = {"accounts": 300, "customers": 20, "left": 200, "response": (30, 300), "close": (30, 150), "calls": (60, 200)}
HEAD = {"accounts": 400, "customers": 80, "left": 250, "response": (90, 400), "close": (80, 200), "calls": (150, 300)}
FOUR = {"Head": HEAD, "Near": EVEN, "Middle": EVEN, "Far": EVEN}
TIED = {
    ("Head", "Near"): 18, ("Head", "Middle"): 4, ("Near", "Middle"): 12, ("Middle", "Far"): 12, ("Head", "Head"): 30,
    ("Near", "Near"): 10, ("Middle", "Middle"): 10, ("Far", "Far"): 10,
}  # fmt: skip


def order_of(found: markets.Alley) -> list[str]:
    """The pins that can fall, the next first."""
    falling = found.pins[found.pins["rank"].notna()].sort_values("rank")
    return list(falling["segment"])


def test_what_leans_on_the_head_pin_falls_first_and_makes_the_next_easier() -> None:
    """Markets that are alike but for their ties: first the one the head pin brings, then the one that one brings."""
    found = judged(counted(FOUR, TIED), "Head")
    assert order_of(found) == ["Near", "Middle", "Far"]
    assert (found.next, found.evidence_next, found.runner_up, found.giver) == ("Near", "Near", "Middle", "Head")
    assert found.weak == ()
    near = found.pin("Near")
    assert (near["leans_on"], near["referrals_from"], near["opens"]) == ("Head", 18, ["Middle"])
    assert found.pin("Head")["rank"] is None
    assert list(found.ties.iloc[0][["a", "b", "referrals", "referrals_there"]]) == ["Head", "Near", 18, 18]


def test_what_would_change_the_order_does_change_it() -> None:
    """So many more referrals from the head pin put the second first, and one less does not."""
    found = judged(counted(FOUR, TIED), "Head")
    assert found.to_lead is not None
    for more, first in ((found.to_lead, "Middle"), (found.to_lead - 1, "Near")):
        moved = judged(counted(FOUR, TIED | {("Head", "Middle"): 4 + more}), "Head")
        assert moved.evidence_next == first


def test_a_head_pin_is_named_by_people_then_by_the_decision_then_by_the_signal() -> None:
    """Who put a pin in front goes before who decided to tighten, and that before the signal; without any there is
    none, and nothing stands in front."""
    frames = counted(FOUR, TIED)
    put = rows(["Far"], status="head pin", owner="", who="Ada", on=None)
    both = {"tightened": (BY, "Near"), "leader": (BY, "Middle")}
    for said, head, by in (
        (Said(pins=put, **both), "Far", "pin"),
        (Said(**both), "Near", "decision"),
        (Said(leader=(BY, "Middle")), "Middle", "signal"),
        (Said(leader=(BY, "Elsewhere")), None, ""),
    ):
        found = judged(frames, said=said)
        assert (found.head, found.head_by) == (head, by)
        assert (0 in set(found.pins["position"])) == (head is not None)


def test_a_pin_is_down_by_the_size_of_its_market_or_where_people_say_so() -> None:
    """80 customers fell a market of 200, not one of 201; of the accounts we know no share fells it. One that is down by
    people's word counts as fallen for its neighbours."""
    frames = counted(FOUR, TIED)
    sizes = {"source": "a list", "dated": None, "who": "Ada"}
    for number, down in ((200, True), (201, False)):
        found = judged(frames, "Head", said=Said(sizes=rows(["Head"], number=number, **sizes)))
        row = found.pin("Head")
        assert (row["down"], row["share_of"], row["share"]) == (down, "market", 80 / number)
        assert found.fallen == (("Head",) if down else ())
    full = counted(FOUR | {"Head": HEAD | {"accounts": 80}}, TIED)
    assert (judged(full, "Head").pin("Head")["share"], judged(full, "Head").fallen) == (1.0, ())
    said = Said(pins=rows(["Middle"], status="down", owner="", who="Ada", on=None))
    assert order_of(judged(frames, "Head", said=said)) == ["Near", "Far"]
    assert judged(frames, "Head", said=said).pin("Far")["leans_on"] == "Middle"


def test_people_overrule_the_order_and_the_evidence_stays_beside() -> None:
    """A pin judged to be number 1 is next, with who and why; the rank by the evidence is told as before."""
    ruled = rows(["Far"], question="order", value=1.0, why="their trade fair", who="Ada", on=None)
    found = judged(counted(FOUR, TIED), "Head", said=Said(judgements=ruled))
    assert (found.next, found.evidence_next) == ("Far", "Near")
    assert found.overruled == {"segment": "Far", "who": "Ada", "on": None, "why": "their trade fair"}
    assert [found.pin("Far")[name] for name in ("rank", "order", "status")] == [3, 1, "next"]
    assert judged(counted(FOUR, TIED), "Head").overruled is None


def test_pins_put_off_and_given_up_are_in_no_order() -> None:
    """Not now keeps its place at the end of the rack, never has none; leadership is a mark and moves no score."""
    said = Said(
        pins=rows(["Near", "Far"], status=["not now", "never"], owner="", who="Ada", on=None),
        judgements=rows(["Middle"], question="leadership", value=1.0, why="", who="Ada", on=None),
    )
    found = judged(counted(FOUR, TIED), "Head", said=said)
    assert order_of(found) == ["Middle"]
    assert found.pin("Near")["position"] == 2
    assert found.pin("Far")["position"] is None
    assert found.pin("Middle")["leadership"] == 1.0
    unmarked = judged(counted(FOUR, TIED), "Head", said=Said(pins=said.pins))
    assert found.pin("Middle")["score"] == unmarked.pin("Middle")["score"]


def test_vouches_tie_pins_and_are_named() -> None:
    """Somebody of the head pin who would vouch for us in another market makes that one easier."""
    frames = counted({"Head": HEAD, "A": EVEN, "B": EVEN}, {})
    vouches = rows(["Head"], to_dimension=BY, to_segment="B")
    found = judged(frames, "Head", said=Said(vouches=vouches))
    assert order_of(found) == ["B", "A"]
    assert found.ties.to_dict("records")[0]["vouched"] == 1


def test_what_everybody_shares_ties_nobody() -> None:
    """A competitor that two markets meet more often than the others ties them; one that all meet does not."""
    names = ("Head", "Near", "Middle", "Far")
    met = [(name, "Everywhere", 40) for name in names] + [(name, "Special", 30) for name in ("Head", "Near")]
    met += [(name, "spreadsheet", 20) for name in names]
    everyone = pd.DataFrame(met, columns=["pin", "competitor", "n"]).groupby("competitor", as_index=False)["n"].sum()
    named = pd.concat([pd.DataFrame(met, columns=["pin", "competitor", "n"]), everyone.assign(pin="(all)")])
    found = judged(counted(FOUR, competitors=named), "Head")
    told = [(row["a"], row["b"], row["shared_competitors"]) for row in found.ties.to_dict("records")]
    assert told == [("Head", "Near", 1)]


def test_shuffled_ties_are_called_luck_and_planted_ones_are_not() -> None:
    """Referrals dealt by lot among the markets: the order is said to be weak in at least 17 of 20 companies; planted
    ties of the same number never are."""
    rng, weak = np.random.default_rng(5), 0
    names = np.array(list(FOUR))
    for _ in range(20):
        ends = rng.choice(names, (200, 2), p=[0.4, 0.2, 0.2, 0.2])
        pairs, n = np.unique(ends, axis=0, return_counts=True)
        dealt = {(str(a), str(b)): int(k) for (a, b), k in zip(pairs, n, strict=True)}
        weak += markets.BY_LUCK in judged(counted(FOUR, dealt), "Head").weak
    assert weak >= 17
    assert judged(counted(FOUR, TIED), "Head").luck == pytest.approx(1 / 401)


def test_an_order_is_weak_for_each_of_its_reasons() -> None:
    """Hardly a tie, unless somebody vouches; a first that a little luck would change; one of which little is known."""
    few = counted(FOUR, {("Head", "Near"): 7})
    assert markets.NO_TIES in judged(few, "Head").weak
    vouched = judged(few, "Head", said=Said(vouches=rows(["Head"], to_dimension=BY, to_segment="Near"))).weak
    assert not {markets.NO_TIES, markets.BY_LUCK} & set(vouched)
    alike = judged(counted(FOUR, {("Head", "Near"): 18, ("Head", "Middle"): 18}), "Head")
    assert markets.CLOSE in alike.weak
    young = {name: pins | {"response": (1, 9), "close": (1, 5), "calls": (2, 8)} for name, pins in FOUR.items()}
    assert markets.FEW in judged(counted(young, {("Head", "Near"): 2}), "Head").weak


counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
pin = st.fixed_dictionaries(
    {
        "accounts": st.integers(0, 500), "customers": st.integers(0, 80), "left": st.integers(0, 300),
        "requests": st.integers(0, 20), "response": counts, "calls": counts, "close": counts, "churn": counts,
    }
)  # fmt: skip
racks = st.dictionaries(st.sampled_from("ABCDEFG"), pin, min_size=1, max_size=7)


@st.composite
def companies(draw: Any) -> tuple[dict[str, Any], dict[tuple[str, str], int]]:
    """Pins with any counts, and referrals among them."""
    pins = draw(racks)
    names = st.sampled_from(sorted(pins))
    return pins, draw(st.dictionaries(st.tuples(names, names), st.integers(1, 30), max_size=12))


@settings(max_examples=30, deadline=None)
@given(companies(), st.randoms(use_true_random=False))
def test_scores_lie_between_0_and_1_and_rows_may_stand_in_any_order(company: Any, chance: Any) -> None:
    """Every score, share, weight and certainty lies in 0 to 1, and frames whose rows were shuffled say the same."""
    pins, referrals = company
    frames = counted(pins, referrals)
    found = judged(frames, min(pins), quick=True)
    numbers = found.pins[["ease", "benefit", "score", "certainty"]].to_numpy(dtype=float)
    assert ((numbers >= 0) & (numbers <= 1)).all()
    assert all(0 <= weight <= 1 for weight in found.ties["weight"])
    shuffled = {}
    for name, frame in frames.items():
        places = list(range(len(frame)))
        chance.shuffle(places)
        shuffled[name] = frame.iloc[places].reset_index(drop=True)
    again = judged(shuffled, min(pins), quick=True)
    pd.testing.assert_frame_equal(found.pins, again.pins)
    pd.testing.assert_frame_equal(found.ties, again.ties)
    pd.testing.assert_frame_equal(found.answers, again.answers)
    assert (found.weak, found.luck, found.holds, found.to_lead) == (again.weak, again.luck, again.holds, again.to_lead)
    assert sorted(order_of(found)) == sorted(set(pins) - {min(pins)})


@settings(max_examples=30, deadline=None)
@given(companies(), st.integers(0, 300))
def test_no_data_never_ranks_above_data_for_lack_of_it(company: Any, left: int) -> None:
    """A market of which nothing is known, however much is left to win in it, falls after every one with a trial in it
    and accounts left: without trials and ties there is no ease."""
    pins, referrals = company
    found = judged(counted(pins | {"Z": {"accounts": left, "left": left}}, referrals), min(pins), quick=True)
    ranked = order_of(found)
    silent = {"Z"} | {row["segment"] for row in found.pins.to_dict("records") if not row["score"]}
    assert found.pin("Z")["score"] == 0
    assert not [name for name in ranked[ranked.index("Z") + 1 :] if name not in silent]


@settings(max_examples=30, deadline=None)
@given(companies(), st.sampled_from(("response", "calls", "close")), st.integers(1, 40))
def test_more_evidence_never_lowers_certainty(company: Any, stage: str, more: int) -> None:
    """More trials of a market, won or not, a stage that was not connected, or more referrals into it leave its
    certainty as it was or raise it."""
    pins, referrals = company
    name = max(pins)
    before = judged(counted(pins, referrals), min(pins), quick=True).pin(name)["certainty"]
    x, n = pins[name][stage]
    longer = pins | {name: pins[name] | {stage: (x, n + more)}}
    assert judged(counted(longer, referrals), min(pins), quick=True).pin(name)["certainty"] >= before - 1e-12
    without = {"prices": "none", "cycles": "none", stage: "not connected"}
    blind = judged(counted(pins, referrals), min(pins), quick=True, missing=without).pin(name)["certainty"]
    assert blind <= before
    tied = referrals | {(min(pins), name): referrals.get((min(pins), name), 0) + more}
    assert judged(counted(pins, tied), min(pins), quick=True).pin(name)["certainty"] >= before - 1e-12


def test_seven_of_seven_does_not_lead() -> None:
    """A market that won 7 of 7 and answered 7 of 7 stands behind one that did so 20 times with many."""
    lucky = EVEN | {"response": (7, 7), "close": (7, 7), "calls": (7, 7)}
    pins = FOUR | {"Lucky": lucky, "Good": HEAD | {"left": 200}}
    assert order_of(judged(counted(pins, {}), "Head"))[0] == "Good"
    scores = judged(counted(pins, {}), "Head").pins.set_index("segment")["ease"]
    assert scores["Lucky"] < scores["Near"] < scores["Good"]


def test_answers_say_unknown_where_there_is_nothing() -> None:
    """What is not connected or not on record is unknown with its reason, never 0; few are counts; enough have a rate,
    an interval and the head pin's beside it."""
    frames = counted(
        {"Head": HEAD, "Near": EVEN, "Far": {"accounts": 4, "left": 4}}, {("Head", "Near"): 3, ("Near", "Near"): 1},
        came=pd.DataFrame({"pin": ["Head", "Near"], "n": [100, 8], "inbound": [30, 3]}),
    )  # fmt: skip
    found = judged(frames, "Head", missing={"prices": "", "cycles": "", "promoters": "nps_responses is not connected"})
    told = {(r["segment"], r["question"], r["part"]): r for r in found.answers.to_dict("records")}
    assert set(found.answers["question"]) == set(markets.QUESTIONS)
    head, near, far = (told[name, "untargeted", "inbound"] for name in ("Head", "Near", "Far"))
    assert (head["estimate"], head["status"], head["head_n"]) == (0.3, "ok", None)
    told_near = [near[name] for name in ("number", "n", "estimate", "status", "head_estimate")]
    assert told_near == [3, 8, None, "too_early", 0.3]
    assert near["why"] == "8 of 30 accounts first met"
    assert (far["number"], far["n"], far["status"]) == (None, None, "unknown")
    nps = told["Near", "value", "nps"]
    assert (nps["status"], nps["why"], nps["number"]) == ("unknown", "nps_responses is not connected", None)
    assert told["Near", "recommended", "head"]["number"] == 3
    assert ("Head", "recommended", "head") not in told
