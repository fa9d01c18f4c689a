"""Sentences of the verdict: short titles that claim only what a number tests, one promise, no probability."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from gtm_metrics import words
from gtm_metrics.signal import Leaning, Lever, SmallCompany, Thesis, Verdict
from gtm_metrics.words import decided, evidence, explained, gates, signal

WEEK, SINCE = date(2026, 11, 9), date(2026, 8, 3)
KINDS = {
    "tighten": "tighten now",
    "tightened": "tightened",
    "lead_lost": "reopened",
    "emerging": "emerging",
    "watch": "watch",
    "loose": "stay loose",
    "too_early": "insufficient data",
}
METRICS = ("response_rate", "calls_to_understanding", "won_in_time", "churn")
NASTY = "**DTC** :red[sale] $x^2$ <b>#1</b> {0} `a` | {} www.a.com a->b\n# c"
P = "\u00a0%"


def verdict_of(kind, **other):
    """What is told of a week, about one segment."""
    thesis = other.pop("thesis", None)
    named = signal.Thesis("industry", thesis, other.pop("standing", "level")) if thesis else None
    said = {
        "dimension": "industry", "segment": "DTC e-commerce", "since": SINCE, "luck": 0.10, "k": 29, "week": WEEK,
        "carrying": ("response_rate", "won_in_time"), **other,
    }  # fmt: skip
    return signal.Told(kind, thesis=named, **said)


def row(rng, kind, segment="DTC e-commerce"):
    """A verdict row whose evidence, gates and waits are random, but never against its state."""
    threshold = float(rng.choice([20, 80, 290, 400]))
    proven = kind in ("tighten", "tightened") and rng.random() < 0.8
    log_e_two = math.log(threshold) * (rng.uniform(1.0, 3.0) if proven else rng.uniform(-0.2, 0.99))
    passed = {name: bool(kind == "tighten" or rng.random() < 0.6) for name in gates.GATES}
    waits = rng.random() < 0.5
    return {
        "week": pd.Timestamp(WEEK), "dimension": "industry", "segment": segment, "state": KINDS[kind],
        "log_e_any": log_e_two + rng.uniform(0, 3), "log_e_two": log_e_two, "threshold": threshold,
        "carrying": list(rng.choice(METRICS, 2, replace=False)), "fading": bool(rng.random() < 0.3),
        "gates": {
            name: {"passed": ok, "reason": f"Led on response in {11 if ok else 5} of the last 12 weeks; 8 are needed"}
            for name, ok in passed.items()
        },
        "weeks_to_decide": float(rng.uniform(1, 100)) if waits else None,
        "why_not_decidable": "" if waits else "One metric is connected; a decision needs two that agree",
        "metrics": {
            name: {"log_e_better": float(rng.normal()), "log_e_worse": float(rng.normal(0, 2)),
                   "odds_ratio": {"estimate": 1.2, "low": 0.8, "high": 1.9}}
            for name in METRICS
        },
    }  # fmt: skip


def contract(name, ours, rest, trials=200):
    """A contract row as a home screen holds it."""
    return {"metric": name, "estimate": ours, "rest_estimate": rest, "trials": trials, "status": "ok"}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "segment", ["DTC", "A very long name of a segment of seven words", NASTY, "日本の小売業者向け"]
)
def test_titles_have_fifteen_words_at_most_and_names_stay_names(kind, segment):
    """Whatever was found and however a segment is called: 15 words at most, the name shown as it is, one line."""
    rng = np.random.default_rng(7)
    for thesis in (None, segment):
        for _ in range(20):
            verdict = verdict_of(kind, segment=segment, thesis=thesis)
            plain = signal.title(verdict, row(rng, kind), signal.Worth(worth=True), markdown=False)
            assert len(plain.split()) <= 15, plain
            assert "\n" not in signal.title(verdict, row(rng, kind))
            assert not re.search(r"(?<!\\)[<`$]", signal.title(verdict, row(rng, kind)))


def test_a_thesis_nobody_has_seen_yet_is_told_as_that():
    """A thesis without a settled week is named and called neither ahead nor level; no title claims anything of it."""
    verdict = verdict_of("loose", segment="", thesis="Tuna", standing="unseen")
    assert explained.thesis_line(verdict) == "Your thesis: Tuna. So far: it has nothing in a week that is settled."
    assert "Tuna" not in signal.title(verdict)
    level = verdict_of("loose", segment="", thesis="Tuna")
    assert signal.about(level, ("industry", "Tuna")) == "**Nobody stands out.** This is your thesis, Tuna:"
    assert signal.about(level, ("industry", "Cod")) == "**Nobody stands out.** Cod has come furthest:"
    assert explained.thesis_line(level) == "Your thesis: Tuna. So far: level with the rest."


@pytest.mark.parametrize("seed", range(200))
def test_a_sentence_claims_only_what_its_row_tests(seed):
    """Over random verdicts: what stands above proof, what is waited for, worth and fading agree with the numbers."""
    rng = np.random.default_rng(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    here = row(rng, kind)
    worth = signal.Worth(
        nrr=float(rng.uniform(0.8, 1.3)), left=int(rng.integers(0, 900)), worth=bool(rng.random() < 0.5)
    )
    verdict = verdict_of(kind, carrying=tuple(here["carrying"]), thesis="Tuna" if seed % 3 else None)
    title, text = signal.title(verdict, here, worth), explained.paragraph(verdict, here, worth)
    above = here["log_e_two"] >= math.log(here["threshold"])
    assert ("above the line of proof" in text) == (kind in ("tighten", "tightened") and above)
    assert ("below the line of proof" in text) == (kind in ("tighten", "tightened") and not above)
    assert title.endswith("and worth it") == (kind == "tighten" and worth.worth)
    assert ("Not worth more" in text) == (kind in ("tighten", "tightened") and not worth.worth)
    assert ("Worth it: NRR" in text) == (kind in ("tighten", "tightened") and worth.worth)
    assert ("fading" in title) == (kind == "tightened" and here["fading"])
    if kind == "emerging":
        lacking = [name for name, gate in here["gates"].items() if not gate["passed"]]
        waiting = gates.GATES[lacking[0]][1] if lacking else "this week to close"
        assert ("proof on a second measure" if not above else waiting) in title
    led = here["gates"]["lead_blocks"]["passed"] and kind in ("tighten", "tightened")
    assert ("It led on response in 11 of the last 12 weeks." in text) == led
    assert "probab" not in f"{title} {text}".lower()
    assert ("wrong segment" in text) == (kind in ("tighten", "tightened"))
    undecided = kind == "tightened" and not above
    assert ("Better than everyone else" in text) == (kind in ("tighten", "tightened") and not undecided)
    if kind in ("tighten", "tightened") and not undecided:
        carried = gates.listed([f"**{evidence.spoken(name)}**" for name in here["carrying"]])
        assert f"on at least two of four measures; the proof came from {carried}." in text


def test_the_proven_title_and_paragraph_read_as_designed():
    """The target page: its title word for word, its facts in order, and the promise of the rule at the end."""
    here = row(np.random.default_rng(1), "tighten") | {
        "log_e_two": math.log(2300), "threshold": 290.0, "carrying": ["response_rate", "won_in_time"],
    }  # fmt: skip
    worth = signal.Worth(1.18, 1.04, 350, True, 1240.0, 980.0, 9)
    verdict = verdict_of("tighten", thesis="DTC e-commerce")
    assert signal.title(verdict, here, worth) == "Tighten on DTC e-commerce: proven since 3 Aug, and worth it"
    assert explained.paragraph(verdict, here, worth) == (
        "Better than everyone else in the same weeks on at least two of four measures; the proof came from "
        "**response** and **deals won in time**. Fourteen weeks on, the evidence stands above the line of proof. "
        "It led on response in 11 of the last 12 weeks. Worth it: its customers pay **\\$1,240** a month against "
        f"\\$980 and NRR is **118{P}** against 104{P}. **350 accounts** are left to win, 9 weeks of list at today's "
        "pace. A rule this strict names a wrong segment in fewer than 1 company in 10, however long it watches "
        "(against luck; not against a star rep). It is the thesis you named in advance."
    )


def test_the_other_titles_read_as_designed():
    """One sentence a state, each with its cause."""
    rng = np.random.default_rng(3)
    emerging = row(rng, "emerging") | {"log_e_two": 9.0}
    emerging["gates"] = {name: {"passed": name != "material", "reason": "r"} for name in gates.GATES}
    steady = row(rng, "tightened") | {"fading": False, "log_e_two": 9.0}
    unproven = steady | {"log_e_two": 2.0}
    assert signal.title(verdict_of("tightened"), unproven).endswith("since 3 Aug: not proven so far")
    tuna = verdict_of("loose", segment="", thesis="Tuna")
    expected = {
        signal.title(
            verdict_of("tightened"), steady
        ): "Tightened on DTC e-commerce since 3 Aug: its lead has not been lost",
        signal.title(
            verdict_of("lead_lost", since=date(2025, 11, 3))
        ): "DTC e-commerce has lost its lead, week of 3 Nov 2025: look again",
        signal.title(
            verdict_of("emerging"), emerging
        ): "DTC e-commerce is pulling ahead; waiting for a lead large enough on two measures",
        signal.title(verdict_of("watch")): "Worth watching, not proven: DTC e-commerce on response",
        signal.title(verdict_of("loose", segment="")): "No segment stands out among 29 segments: keep selling broadly",
        signal.title(tuna): "Your thesis, Tuna, is level with the rest so far: stay loose",
        signal.title(
            verdict_of("too_early", enough_in=4.2)
        ): "Too early to call: about 5 weeks until the first segment can be judged",
        signal.title(
            verdict_of("too_early", enough_in=166.2)
        ): "Too early to call: over two years until the first segment can be judged",
        signal.title(verdict_of("too_early")): "Too early to call: not enough successes to compare yet",
        signal.title(
            verdict_of("loose", segment="", small=signal.Small("why", (), None, None))
        ): "No segment stands out, and none can be proven yet: stay loose",
    }
    for written, wanted in expected.items():
        assert written == wanted


def test_another_segment_than_the_thesis_is_told_as_such():
    """You fished for tuna, grouper bit: the sentence names both and claims nothing for the thesis."""
    rng = np.random.default_rng(2)
    text = explained.paragraph(verdict_of("tighten", segment="Grouper", thesis="Tuna"), row(rng, "tighten"))
    assert text.endswith("You named Tuna; this segment came instead.")
    for standing, said in (
        ("level", "level with the rest"),
        ("ahead", "ahead, not proven"),
        ("behind", "behind the rest"),
    ):
        loose = verdict_of("loose", segment="", dimension="", thesis="Tuna", standing=standing)
        assert explained.thesis_line(loose) == f"Your thesis: Tuna. So far: {said}."
    assert explained.thesis_line(verdict_of("loose")) == ""


def test_a_verdict_is_told_the_same_fresh_and_read_back():
    """The judge's own dataclass and the JSON that a journal keeps of it give the same words."""
    levers = (Lever("merge segments", 41.0, 2), Lever("name a thesis", None))
    small_company = SmallCompany("One metric is connected", levers, Leaning("industry", "DTC", 23.4, 3.2, 8), 1500)
    thesis = Thesis("industry", "DTC", "stay loose", WEEK, "level", 0.1, 20.0)
    fresh = Verdict(
        "loose", None, None, None, (), False, 0.1, 8, WEEK, WEEK + timedelta(6), thesis, (), None, None, small_company
    )
    kept = json.loads(json.dumps(asdict(fresh), default=str))
    assert signal.told(kept) == signal.told(asdict(fresh))
    assert signal.told(kept).small.levers == levers
    assert signal.told(kept).thesis.standing == "level"


def test_six_words_stand_for_every_state_and_one_is_filled():
    """Every state of the judge has its word; one badge is filled, coloured only where something is proven."""
    states = {"insufficient data", "stay loose", "watch", "emerging", "tighten now", "tightened", "reopened"}
    assert set(signal.ON_SCREEN) == states
    for state in states:
        line = signal.six_words(state)
        assert line.count("●") == 1
        assert line.count("○") == 5
        assert f"● **{signal.ON_SCREEN[state]}**" in line
        proven = state in ("tighten now", "tightened", "reopened")
        assert ("green" in line or "red" in line) == proven
        assert signal.MEANING[signal.ON_SCREEN[state]]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.10, "1 company in 10,"),
        (0.15, "3 companies in 20,"),
        (0.175, "7 companies in 40,"),
        (0.05, "1 company in 20,"),
    ],
)
def test_the_promise_of_the_rule_is_one_figure(share, said):
    """alpha (2 - 2^(1-b)) as companies: 0.10, then 0.15, then 0.175."""
    assert f"fewer than {said} however long it watches" in signal.luck(share)


def test_home_claims_the_number_nearest_to_money_that_the_screen_shows():
    """The close rate if the screen shows it ahead, else the next; nothing where no number shows the lead."""
    verdict = verdict_of("tighten")
    rows = {
        "response_rate": contract("response_rate", 0.182, 0.107),
        "close_rate": contract("close_rate", 0.34, 0.19, 92),
    }
    both = signal.home_title(verdict, rows, ("response_rate", "close_rate"))
    assert both == f"DTC e-commerce pulls ahead: it closes 34{P} against 19{P}"
    assert "answer against" in signal.home_title(verdict, rows, ("response_rate",))
    turned = {"close_rate": contract("close_rate", 0.19, 0.34)}
    assert signal.home_title(verdict, turned, ("close_rate",)) == ""
    same = {"close_rate": contract("close_rate", 0.3404, 0.3401)}
    assert signal.home_title(verdict, same, ("close_rate",)) == ""
    fewer = {"churn": contract("churn", 0.009, 0.02)}
    assert "leave a month against" in signal.home_title(verdict, fewer, ("churn",))
    assert signal.home_title(verdict_of("watch"), rows, ("close_rate",)) == ""


def test_the_checklist_of_gates_is_complete_and_agrees_with_the_row():
    """Evidence first, then each gate with its own reason; passed is what the judge said."""
    for seed in range(50):
        here = row(np.random.default_rng(seed), "emerging")
        listed = gates.gates(here)
        assert len(listed) == 6
        assert listed[0][1] == (here["log_e_two"] >= math.log(here["threshold"]))
        assert [passed for _, passed, _ in listed[1:]] == [gate["passed"] for gate in here["gates"].values()]
        assert f"{here['threshold']:,.0f} to 1 is needed" in listed[0][2]


def test_a_lead_is_claimed_only_on_measures_with_evidence():
    """Of the measures that carry it those of ten to one each; where none reaches that, the strongest alone."""
    here = row(np.random.default_rng(3), "emerging")
    here["metrics"] = {name: {"log_e_better": math.log(e)} for name, e in zip(METRICS, (290, 2, 11, 1), strict=True)}
    assert gates.led_on(here, ["response_rate", "won_in_time", "calls_to_understanding"]) == [
        "response_rate", "won_in_time",
    ]  # fmt: skip
    assert gates.led_on(here, ["calls_to_understanding", "churn"]) == ["calls_to_understanding"]
    text = explained.paragraph(verdict_of("emerging", carrying=("response_rate", "calls_to_understanding")), here)
    assert text.startswith("A real lead on **response**, not yet a call to act.")


def test_two_names_of_the_same_accounts_are_one_fact():
    """The sentence has both shares; without such a segment there is none."""
    found = [{"value": "1,000 and more", "of_other": 0.81, "of_segment": 0.77}]
    assert explained.same_accounts("DTC", found) == (
        f"1,000 and more stands out too, and is mostly the same accounts (**81{P}** of them are DTC, **77{P}** the "
        "other way round): one fact, not two."
    )
    assert explained.same_accounts("DTC", []) == ""


@pytest.mark.parametrize("seed", range(60))
def test_changes_call_proven_only_what_the_rule_guards(seed):
    """Between random weeks: each change of word is listed once, and only proof and its loss are called proven."""
    rng = np.random.default_rng(seed)
    kinds = list(KINDS)
    names = [f"S{i}" for i in range(6)]
    weeks = [pd.DataFrame([row(rng, str(rng.choice(kinds)), name) for name in names]) for _ in range(2)]
    found = decided.changes(*weeks)
    words = [frame["state"].map(signal.ON_SCREEN).tolist() for frame in weeks]
    moved = {name for name, a, b in zip(names, *words, strict=True) if a != b}
    assert {name for name, told, _ in found if "→" in told} == moved
    for name, told, mark in found:
        assert mark in decided.MARKS
        assert (mark == "proven") == told.endswith(("→ Tighten", "→ Lead lost")), (name, told)


def test_an_interval_that_leaves_one_is_told_once():
    """Ahead when it leaves on the good side of the metric, silent while it stays there."""
    rng = np.random.default_rng(1)
    before = row(rng, "loose")
    after = {
        **before,
        "metrics": {
            **before["metrics"],
            "churn": {**before["metrics"]["churn"], "odds_ratio": {"low": 0.5, "high": 0.9}},
        },
    }
    then, now = pd.DataFrame([before]), pd.DataFrame([after])
    assert decided.changes(then, now) == [("DTC e-commerce", "ahead on churn", "likely")]
    assert decided.changes(now, now) == []
    assert decided.unchanged(1, []) == "Nothing changed since last week: the numbers of 1 segment moved within noise."


def test_a_number_keeps_its_percent_and_its_arrow_on_one_line():
    """Names are cleaned of spaces that do not break; a number in a table has them again, and nothing else changes."""
    assert words.whole("25 → 26 % of all") == f"25{words.NO_BREAK}→{words.NO_BREAK}26{P} of all"
    assert words.whole("DTC e-commerce") == "DTC e-commerce"
