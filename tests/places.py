"""A company in one warehouse after another: every fact, count and measure it is asked for, and whether two agree."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from untidy import TODAY, untidy

from gtm_metrics import demo
from gtm_metrics.company import Company, read_company
from gtm_metrics.measures import (
    GROUPS,
    OUTCOMES,
    Fit,
    Rule,
    activity,
    against,
    champions,
    counted_apart,
    cycle,
    data_gaps,
    discounts,
    look_alikes,
    lost_to_no_decision,
    markets,
    reasons,
    sums,
    this_week,
    value,
    worked_outside,
)
from gtm_metrics.measures.sums import WEEKLY
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tallies import dimensions, rows, tally, tally_each
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.warehouse.build import load_frames
from gtm_metrics.weeks import WEEK, monday

OWN = SHIPPED / "own"
ALL_PARTS = (("retention", 2.0), ("advocacy", 1.0), ("engagement", 1.0), ("revenue", 1.5), ("effort", 1.0),
             ("support", 1.0))
"""A recipe with every part in it."""
SEGMENTS = ("software", "health", "retail", "DTC e-commerce", "B2B SaaS", NOT_SET)
"""Industries of either company that the profile of these tests asks for."""
FACTS = ("status", "filled", "attributes", "rows_read", "rows_used", "reasons", "spans")


@dataclass(frozen=True)
class Place:
    """A company's frames, where its files may lie, by which days and dimensions which questions are asked, and what
    the embedded warehouse answered.
    """

    frames: dict[str, pd.DataFrame]
    folder: Path
    today: date
    busy: date
    by: tuple[str, str]
    within: str
    scope: tuple[tuple[str, str], ...]
    asked: slice
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Company:
        """gtm.toml of every company here: employees are cut into three bands."""
        path = self.folder / "gtm.toml"
        path.write_text("[segments]\nedges = {employees = [50, 200]}\n")
        return read_company(path, {})

    def at(self, url: str) -> Warehouse:
        """Connects the warehouse at a URL as this company's."""
        return connect(replace(self.settings, url=url, timeout_seconds=60), self.today)

    def embedded_url(self) -> str:
        """The URL of the embedded warehouse that the frames are loaded into."""
        target = self.folder / "embedded.duckdb"
        if not target.exists():
            load_frames(self.frames, target, OWN, self.today, {"employees"}, lambda said: None)
        return f"duckdb:///{target}"

    def embedded(self) -> dict[str, Any]:
        """What the embedded warehouse answers: every other place is held against it."""
        if not self.known:
            self.known.update(answers(self, self.at(self.embedded_url())))
        return self.known


def place_of(name: str, folder: Path) -> Place:
    """The untidy company of a seed and a rule of understanding ("untidy 1"), or the demo's of a story."""
    if name.startswith("untidy"):
        days, asked = (TODAY, date(2025, 3, 30)), (("industry", "order"), "pilot", (("region", "EU"),))
        return Place(untidy(seed=int(name[-1]), rule=int(name[-1])), folder, *days, *asked, slice(None))
    days, asked = (demo.AS_OF, demo.AS_OF), (("industry", "marketing_tool"), "region", (("region", "DACH"),))
    # the large ones are asked less: only what has the most groups
    return Place(demo.company(name), folder, *days, *asked, slice(1, 3))


def questions(place: Place, splits: tuple[str, ...]) -> list[tuple[Question, tuple[str, ...]]]:
    """By one dimension, over edges, crossed and within, in a scope and split; 13 weeks and all; by each set of keys."""
    one, other = place.by
    return [
        (Question(place.busy, (one,)), ("week", "band")),
        (Question(place.today, ("employees",), weeks=None), ("week", "band")),
        (Question(place.today, place.by, place.within, None), ("age",)),
        (Question(place.today, (other,), weeks=None, scope=place.scope, splits=splits), ()),
    ][place.asked]


def facts(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """The dimensions, how far the data reach, and what is known of every table."""
    found: dict[str, Any] = {"through": warehouse.data_through, "by": dimensions(warehouse, place.settings)}
    for name, relation in warehouse.relations.items():
        found |= {f"{name}: {fact}": getattr(relation, fact) for fact in FACTS}
    return found


def counts(place: Place, warehouse: Warehouse, metric: Metric) -> dict[str, Any]:
    """A metric's tallies and the rows behind it, by what was asked."""
    found: dict[str, Any] = {}
    for question, keys in questions(place, metric.splits):
        told = tally(warehouse, place.settings, metric, question, keys)
        found[f"{metric.name}: {question} {keys}"] = in_order(told.frame)
        found[f"{metric.name}: {question} {keys} status"] = (told.status, told.why, told.first_week)
    for first in (None, monday(place.busy) - 8 * WEEK):
        each = tally_each(warehouse, place.settings, metric, [*place.by, "employees"], place.today, first, place.today)
        found |= {f"{metric.name}: each {name} since {first}": in_order(told) for name, told in each.items()}
    question = Question(place.today, place.by[:1], weeks=None)
    return {**found, f"{metric.name}: rows": rows(warehouse, place.settings, metric, question)}


def measured(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """Every group of sums, and every list, by one dimension and over all weeks."""
    question = Question(place.today, place.by[:1], weeks=None)
    asked = (warehouse, place.settings)
    found: dict[str, Any] = {}
    for group in GROUPS:
        told = sums(*asked, question, group, ("week",) if group in WEEKLY else ())
        found[group] = in_order(told.frame, ("n", "total", "total_squares"))
        found[f"{group} beside"] = (told.missing, told.currency)
    for kind in OUTCOMES:
        found[kind] = reasons(*asked, question, None, kind).frame
    for count in (against, champions, discounts):
        counted = count(*asked, question)
        values = [name for name in ("n", "no_reason", "year", "ended") if name in counted.frame]
        found[count.__name__] = in_order(counted.frame, tuple(values))
        found[f"{count.__name__} beside"] = (counted.status, counted.why, counted.first_day, counted.last_day)
    for metric in METRICS:
        found[f"apart from {metric.name}"] = counted_apart(*asked, metric, question)
    todo = this_week(*asked, question)
    found |= {"this week": todo.frame, "this week beside": (todo.counts, todo.missing)}
    found["cycle"] = in_order(cycle(*asked, question).frame, ())
    found |= {"gaps": data_gaps(*asked, question), **fitting(place, warehouse), **alley(place, warehouse)}
    return {**found, **valued(place, warehouse)}


def fitting(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """A profile of two rules and a list applied: look-alikes, open deals to disqualify, deals lost to no decision."""
    question = Question(place.today, place.by[:1], weeks=None)
    asked = (warehouse, place.settings, question)
    rules = (Rule("employees", ("under 50", "50 to 199", NOT_SET)), Rule(place.by[0], SEGMENTS))
    alike = look_alikes(*asked, rules)
    some = tuple(alike.frame["account_id"].iloc[::2])
    listed = look_alikes(*asked, rules, some, 50, (Rule("employees", ("under 50",)),))
    todo = this_week(*asked, 50, Fit(rules, some))
    undecided = lost_to_no_decision(*asked, 50)
    work = activity(*asked, rules)
    return {
        "work by rules": in_order(work.frame, ("n", "total")), "work beside": (work.missing, work.currency),
        "worked outside": worked_outside(*asked, rules, 40),
        "look-alikes": alike.frame, "look-alikes beside": (alike.counts, alike.missing), "listed": listed.counts,
        "to disqualify": todo.frame, "to disqualify beside": todo.counts, "lost to no decision": undecided,
    }  # fmt: skip


def alley(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """Pins that are values of a dimension, and one of rules that overlaps them: every frame the judge is given."""
    named = tuple(place.settings.dimension(name) for name in (place.by[1], place.within, "employees"))
    company = replace(place.settings, weights=ALL_PARTS, dimensions=named)
    question = Question(place.today, place.by[:1])
    rule = [{"dimension": "employees", "segments": ["under 50", NOT_SET]}]
    kept = markets.kept_pins(pd.DataFrame([{"dimension": "", "segment": "small teams", "rule": rule}]))
    found = {}
    for weeks in (None, 52):
        asked = (warehouse, company, replace(question, weeks=weeks))
        told = markets.counted(*asked, markets.pins(*asked, kept))
        for name, frame in told.frames.items():
            numbers = [column for column in frame if pd.api.types.is_numeric_dtype(frame[column])]
            counts = tuple(column for column in numbers if column != "days")
            found[f"{name}, weeks {weeks}"] = in_order(frame, counts)
        found[f"pins beside, weeks {weeks}"] = (told.pins, told.missing, told.read, told.first_day, told.last_day)
    return found


def valued(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """Customers by value: tiers by attribute and by two, how value is concentrated, the seven criteria, every list."""
    company, question = replace(place.settings, weights=ALL_PARTS), Question(place.today)
    asked, found = (warehouse, company, question), {}
    for pairs in (False, True):
        told = value.grouped(*asked, pairs)
        found[f"value, pairs {pairs}"] = told.frame
        found[f"value, pairs {pairs} beside"] = (told.recipe, told.attributes, told.unscored, told.missing)
    found["concentration"] = value.concentration(*asked, told.recipe)
    found["back test"] = value.back_test(*asked)
    found["best and worst"] = value.ends(*asked, told.recipe, 40, 40)
    segments = ((company.dimension(place.within), "EU"), (company.dimension("employees"), "under 50"))
    found["of segments"] = value.of_segments(*asked, told.recipe, segments)
    rules = (Rule("employees", ("under 50", "50 to 199", NOT_SET)),)
    for name, asked_of in (("best", ()), ("profile", rules)):
        met = value.criteria(*asked, told.recipe, asked_of)
        found[f"criteria, {name}"] = met.frame
        found[f"criteria, {name} beside"] = (met.inside, met.rest, met.middle, met.missing)
    return {**found, "from hell": value.from_hell(*asked)}


def answers(place: Place, warehouse: Warehouse) -> dict[str, Any]:
    """All facts, all counts and all that is measured besides."""
    found = facts(place, warehouse)
    for metric in METRICS:
        found |= counts(place, warehouse, metric)
    return found | measured(place, warehouse)


def in_order(tallied: pd.DataFrame, values: tuple[str, ...] = ("trials", "successes")) -> pd.DataFrame:
    """A tally's rows in one order: a warehouse may give groups in any."""
    keys = [column for column in tallied if column not in values]
    groups = [repr(group) for group in tallied[keys].itertuples(index=False, name=None)]
    return tallied.iloc[sorted(range(len(groups)), key=groups.__getitem__)].reset_index(drop=True)


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every answer is the same: values, order and types."""
    assert list(found) == list(expected)
    for asked, answer in expected.items():
        if isinstance(answer, pd.DataFrame):
            pd.testing.assert_frame_equal(found[asked], answer, obj=asked)
        else:
            assert found[asked] == answer, asked
