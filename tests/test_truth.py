"""Over many demo companies TRUTH lies in our intervals as often as they promise, and no winner is found where none is.

Companies of several seeds stand in one warehouse, each account's company being an attribute: one query asks all of
them, and a company's part of a tally is that company's own tally.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pandas as pd
import pytest
from conftest import Small, WarehouseOf
from scipy.stats import binom

from gtm_metrics import demo
from gtm_metrics.funnel import compared, curve, finding, funnel, standings
from gtm_metrics.funnel.windows import widened
from gtm_metrics.metrics import CALLS_COUNTED, Metric
from gtm_metrics.question import ALL, NOT_SET, Question, Tally
from gtm_metrics.tallies import tally
from gtm_metrics.tallies.tally import KEYS

# One worker makes the companies once.
pytestmark = pytest.mark.xdist_group("truth")

STORY = "no-winner"
SEEDS = range(1000, 1007)
TABLES = ("accounts", "touches", "calls", "opportunities", "subscriptions")
DIMENSIONS = ("industry", "employees", "region", "team")
SETTINGS = {"segments": {"edges": {"employees": [50, 200, 1000]}}}
HOME = ("response_rate", "calls_to_understanding", "close_rate", "churn")
YEARS = tuple(demo.AS_OF - timedelta(weeks=52 * back) for back in range(3))
"""Days whose 52 weeks share no trial, so that their intervals are independent."""

RATES = demo.TRUTH[STORY].rates["Agencies"]
WEEKS_OF_HAZARD = 365.2425 / 7 - 1
"""Weeks in which a customer can leave before the renewal: none in the week they start in."""


def made(seed: int) -> dict[str, pd.DataFrame]:
    """The tables of one company that the four numbers need."""
    frames = demo.company(STORY, seed)
    return {name: frames[name] for name in TABLES}


def named_apart(seed: int, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same tables with every id made the company's own, and the company an attribute of its accounts."""
    apart = {}
    for name, frame in frames.items():
        ids = [c for c in frame if c.endswith("_id") and c != "owner_id"]
        apart[name] = frame.assign(**{c: f"{seed}/" + frame[c] for c in ids})
    return apart | {"accounts": apart["accounts"].assign(company=f"seed {seed}")}


@dataclass(frozen=True, eq=False)
class Companies:
    """Many companies in one warehouse."""

    small: Small
    ask: Callable[[Metric, Question, tuple[str, ...]], dict[str, Tally]]

    def tally(self, name: str, seed: int, question: Question, keys: tuple[str, ...] = ()) -> Tally:
        """The tally of one company: its part of the tally of all."""
        metric = self.small.metric(name)
        return self.ask(metric, question, keys or KEYS[metric.estimate])[f"seed {seed}"]

    def rows(self, name: str, question: Question) -> list[dict[str, object]]:
        """The rows of every company's named industries that have a rate."""
        metric = self.small.metric(name)
        found = []
        for seed in SEEDS:
            counted = self.tally(name, seed, question)
            if name == "churn":
                # the renewal day is a chance of its own, in a month of its own
                counted = replace(counted, frame=counted.frame[counted.frame["band"] != "renewal"])
            frame = funnel(counted, metric)
            found += frame[(frame["status"] == "ok") & ~frame["segment"].isin([ALL, NOT_SET])].to_dict("records")
        return found


@pytest.fixture(scope="module")
def companies(warehouse_of: WarehouseOf) -> Companies:
    """The companies of all seeds, loaded once; what was asked is remembered."""
    each = [named_apart(seed, made(seed)) for seed in SEEDS]
    frames = {name: pd.concat([tables[name] for tables in each], ignore_index=True) for name in TABLES}
    small = warehouse_of(frames, demo.AS_OF, **SETTINGS)

    @cache
    def ask(metric: Metric, question: Question, keys: tuple[str, ...]) -> dict[str, Tally]:
        crossed = replace(question, by=(*question.by, "company"))
        everyone = tally(small.warehouse, small.company, metric, crossed, keys)
        parts = everyone.frame.drop(columns="segment_2").groupby(everyone.frame["segment_2"])
        return {str(name): replace(everyone, frame=part, question=question) for name, part in parts}

    return Companies(small, ask)


def assert_as_promised(covered: list[bool], at_least: int) -> None:
    """So many of the intervals hold the truth as 95 % of so many do, give or take the luck of one test in 500."""
    assert len(covered) >= at_least
    low, high = binom.ppf([0.001, 0.999], len(covered), 0.95)
    assert low <= sum(covered) <= high, f"{sum(covered)} of {len(covered)}"


def test_a_part_of_the_tally_of_all_is_the_companys_own(companies: Companies, warehouse_of: WarehouseOf) -> None:
    """One company alone in a warehouse gives the rows, standings and curves of its part of the warehouse of all."""
    seed = SEEDS[0]
    alone = warehouse_of(made(seed), demo.AS_OF, **SETTINGS)
    for name in HOME:
        metric = companies.small.metric(name)
        for question in (Question(demo.AS_OF, ("industry",), None, 13), Question(YEARS[1], ("employees",), None, 52)):
            own = tally(alone.warehouse, alone.company, metric, question, KEYS[metric.estimate])
            part = companies.tally(name, seed, question)
            assert funnel(part, metric).to_dict() == funnel(own, metric).to_dict()
            assert standings(part, metric, 20).to_dict() == standings(own, metric, 20).to_dict()
    metric = companies.small.metric("churn")
    question = Question(demo.AS_OF, ("industry",), None, None)
    own = tally(alone.warehouse, alone.company, metric, question, ("age",))
    assert curve(companies.tally("churn", seed, question, ("age",)), metric).to_dict() == curve(own, metric).to_dict()


@pytest.mark.parametrize(("name", "truth", "at_least"), [
    ("response_rate", RATES.response, 150),
    ("close_rate", RATES.close, 120),
    ("calls_to_understanding", sum((1 - RATES.understanding) ** j for j in range(CALLS_COUNTED)), 150),
    ("churn", RATES.churn, 80),
], ids=("response", "close", "calls", "churn"))
def test_intervals_hold_the_truth_as_often_as_they_promise(
    companies: Companies, name: str, truth: float, at_least: int
) -> None:
    """Of the 95 % intervals of industries, a year each, about 95 % hold TRUTH: Wilson's, Irwin's, monthly churn's."""
    rows = [row for day in YEARS for row in companies.rows(name, Question(day, ("industry",), None, 52))]
    assert_as_promised([row["low"] <= truth <= row["high"] for row in rows], at_least)


@pytest.mark.parametrize(("name", "age", "truth"), [
    ("calls_to_understanding", 1, 1 - RATES.understanding),
    ("calls_to_understanding", 3, (1 - RATES.understanding) ** 3),
    ("churn", 11, (1 - RATES.churn) ** (WEEKS_OF_HAZARD * 12 / 52)),
], ids=["one call", "three calls", "a year before its renewal"])
def test_survival_holds_the_truth_as_often_as_it_promises(
    companies: Companies, name: str, age: int, truth: float
) -> None:
    """Of Greenwood's 95 % intervals of the share that has not understood, or not left, about 95 % hold TRUTH."""
    metric = companies.small.metric(name)
    covered = []
    for seed in SEEDS:
        frame = curve(companies.tally(name, seed, Question(demo.AS_OF, ("industry",), None, None), ("age",)), metric)
        at_age = frame[(frame["age"] == age) & ~frame["segment"].isin([ALL, NOT_SET])]
        covered += [row["low"] <= truth <= row["high"] for row in at_age.to_dict("records") if row["low"] is not None]
    assert_as_promised(covered, 50)


def test_without_a_winner_the_title_names_one_in_at_most_1_screen_of_20(companies: Companies) -> None:
    """Where no segment differs, at most about 5 % of screens say that one leads or trails; the rest say level."""
    kinds: Counter[str] = Counter()
    for seed in SEEDS:
        for day in YEARS[:2]:
            for dimension in DIMENSIONS:
                kinds[_kind(companies, seed, Question(day, (dimension,), None, 13))] += 1
    screens = sum(kinds.values())
    assert screens == len(SEEDS) * 2 * len(DIMENSIONS)
    assert set(kinds) <= {"level", "leads", "trails"}
    assert kinds["leads"] + kinds["trails"] <= binom.ppf(0.999, screens, 0.05), kinds


def _kind(companies: Companies, seed: int, question: Question) -> str:
    """The kind of the finding on one home screen, its windows widened where they are too thin."""
    metrics = [companies.small.metric(name) for name in HOME]
    tallies = {m.name: widened(lambda metric, q: companies.tally(metric.name, seed, q), m, question) for m in metrics}
    rows = {m.name: funnel(tallies[m.name], m) for m in metrics}
    among = compared(rows)
    return finding(rows, {m.name: standings(tallies[m.name], m, among) for m in metrics}).kind
