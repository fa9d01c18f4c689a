"""The weekly act: settled weeks are asked of the warehouse and frozen, evidence and verdict computed and kept."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.journal import JournalError, last_refresh, reading
from gtm_metrics.logs import told
from gtm_metrics.refresh.accounts import ROWS, leaned_on
from gtm_metrics.refresh.calendar import first_refresh_week, week_due, weeks_from
from gtm_metrics.refresh.counting import Tell, count, freeze
from gtm_metrics.refresh.keeping import Refreshed, keep
from gtm_metrics.refresh.plan import Known, Plan, known, planned, registered_anew
from gtm_metrics.refresh.restated import restated
from gtm_metrics.refresh.settings import refuse_failed
from gtm_metrics.refresh.shortcut import file_of, keep_in, known_from
from gtm_metrics.refresh.thesis import named_anew, not_there, stands
from gtm_metrics.rules import Rules
from gtm_metrics.signal import Carried, Judged, judged
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.weeks import WEEK

LOG = logging.getLogger(__name__)
ATTEMPTS = 5
"""How often a refresh starts again because another wrote a different week in the meantime."""


@dataclass(frozen=True)
class Outcome:
    """What a refresh did. `why` says why there is no verdict; '' when there is one.

    done        whether this call wrote the week; False when it was there, or there is nothing to judge
    weeks       refresh weeks written, reconstructed ones included
    opened      why a new epoch began; '' when evidence goes on
    frozen      cells frozen; registered: segments; restated: counts noticed to have moved
    """

    done: bool
    why: str
    epoch: int | None = None
    week: date | None = None
    opened: str = ""
    weeks: int = 0
    frozen: int = 0
    registered: int = 0
    restated: int = 0
    left_out: tuple[str, ...] = ()


def is_due(journal: sa.Engine, as_of: date) -> bool:
    """Whether nobody has refreshed the week that is over on `as_of`.

    Whoever does looks at the warehouse anew: what is frozen stays, and a look that is kept may be half a day old.
    """
    with reading(journal) as seen:
        last = last_refresh(seen)
    return last is None or last["week"] < week_due(as_of)


def refresh(
    warehouse: Warehouse,
    company: Company,
    journal: sa.Engine,
    as_of: date,
    by: str,
    full: bool = False,
    anew: bool = False,
    tell: Tell = lambda _line: None,
) -> Outcome:
    """Refreshes the last week complete on `as_of` (at the latest when data end), unless that was done.

    It goes by the look that `warehouse` rests on: one made for it where the week `is_due`.

    by    who asks, for the journal
    full  looks for restated counts in every frozen week, and not in the last ones alone
    anew  opens a new epoch: evidence starts again from this week
    tell  is told, line by line, what has been asked and worked out

    Nothing is written before the end, in one transaction: it may be stopped at any moment. Safe when several do it at
    once: one of them writes the week. Its end is a line of the log. Raises WarehouseError and JournalError.
    """
    begun, before = time.perf_counter(), replace(warehouse.meter)

    def line(**facts: Any) -> dict[str, Any]:
        queries, rows = warehouse.meter.queries - before.queries, warehouse.meter.rows - before.rows
        seconds = round(time.perf_counter() - begun, 3)
        return told(**facts, queries=queries, rows=rows, seconds=seconds, query_tag=company.query_tag)

    try:
        done = _refresh(warehouse, company, journal, as_of, by, full, anew, tell)
    except Exception as trouble:
        said = str(trouble) if isinstance(trouble, (WarehouseError, JournalError)) else type(trouble).__name__
        LOG.warning("refresh failed: %s", said, extra=line(outcome="failed"))
        raise
    outcome = "judged" if done.done else "nothing to judge" if done.why else "judged before"
    LOG.info("refresh", extra=line(outcome=outcome, week=done.week, epoch=done.epoch, weeks=done.weeks))
    return done


def _refresh(
    warehouse: Warehouse,
    company: Company,
    journal: sa.Engine,
    as_of: date,
    by: str,
    full: bool,
    anew: bool,
    tell: Tell,
) -> Outcome:
    if warehouse.data_through is None:
        return Outcome(False, "the warehouse holds no row with a date")
    as_of = min(as_of, warehouse.data_through)
    week = week_due(as_of)
    for _ in range(ATTEMPTS):
        with reading(journal) as seen:
            last = last_refresh(seen)
        if last is not None and last["week"] >= week and not (anew and last["week"] == week):
            return Outcome(False, "", last["epoch"], last["week"])
        refuse_failed(warehouse)
        with reading(journal) as seen:
            before = known(seen, as_of)
        plan = planned(warehouse, company, before, week, anew)
        nothing = _nothing_to_judge(plan)
        if nothing:
            return Outcome(False, nothing, left_out=plan.left_out)
        shortcut = file_of(journal.url, company)
        done = _refreshed(warehouse, company, before, plan, full, as_of, known_from(shortcut), tell)
        if done is None:
            return Outcome(False, "no segment has a trial in a week that is settled", left_out=plan.left_out)
        if keep(journal, before, done, as_of, warehouse.data_through, by):
            keep_in(shortcut, done.judged.carried)
            return _told(done)
    raise JournalError("the journal changed every time a refresh was about to write; try again")


def _nothing_to_judge(plan: Plan) -> str:
    if not plan.watched:
        return "no dimension is watched; name one in gtm.toml, [segments] dimensions"
    if not plan.metrics:
        return "no metric is connected that evidence could be taken from"
    return ""


def _refreshed(
    warehouse: Warehouse,
    company: Company,
    before: Known,
    plan: Plan,
    full: bool,
    as_of: date,
    carried: Mapping[str, Carried],
    tell: Tell,
) -> Refreshed | None:
    """Asks, registers and judges; None where there is nothing to register. Writes nothing."""
    rules, week = company.rules, plan.week
    goes_on = not plan.opened
    last = before.last if goes_on else None
    spans = last["frozen"] if last else {}
    since = last["week"] if last else None
    # every month everything is looked at again
    everything = full or last is None or week.month != last["week"].month
    look_back = None if everything else company.look_back_weeks
    counts = count(warehouse, company, plan.asked, plan.metrics, week, spans, since, look_back, tell)
    frozen = freeze(counts, spans)
    settled = before.frozen if goes_on else before.frozen.iloc[:0]
    cells = pd.concat([settled, frozen.cells], ignore_index=True) if len(settled) else frozen.cells
    first_week = last["first_week"] if last else _first_week(plan, cells, rules)
    counts_from = first_week if plan.first else week
    named = named_anew(company, before.theses, week, as_of)
    thesis = stands(before.theses, named)
    fresh = registered_anew(company, plan, before.registry, cells, counts_from, thesis)
    registry = _registry(before, plan, fresh)
    if registry.empty:
        return None
    plan = _with_reason(plan, not_there(thesis, registry))
    moved = restated(counts, spans, settled, before.restatements)
    clock = weeks_from(first_week, week)
    watched = cells[cells["dimension"].isin(plan.watched)]
    accounts = before.accounts if goes_on else before.accounts.iloc[:0]
    # accounts of segments that came far enough before are known by name; who comes that far now shows when judged
    asked_for = set(zip(accounts["dimension"], accounts["segment"], strict=True))
    found = [_accounts(warehouse, company, plan, rules, asked_for, watched, accounts)]
    while True:
        kept = pd.concat([accounts, *found], ignore_index=True)
        verdict = judged(watched, registry, plan.metrics, clock, rules, before.decisions, kept, carried)
        tell(f"{len(registry)} segments judged in {len(clock)} weeks")
        more = _reached(verdict, rules) - asked_for
        if not more:
            break
        asked_for |= more
        found.append(_accounts(warehouse, company, plan, rules, more, watched, accounts))
    weeks = clock if plan.first else (week,) if last is None else weeks_from(last["week"] + WEEK, week)
    new_accounts = pd.concat(found, ignore_index=True)
    return Refreshed(plan, first_week, weeks, frozen, fresh, named, moved, new_accounts, verdict)


def _with_reason(plan: Plan, why: str) -> Plan:
    return replace(plan, left_out=(*plan.left_out, why)) if why else plan


def _first_week(plan: Plan, cells: pd.DataFrame, rules: Rules) -> date:
    by_metric = {name: [w.date() for w in weeks.unique()] for name, weeks in cells.groupby("metric")["week"]}
    return first_refresh_week([(m, by_metric.get(m.name, [])) for m in plan.metrics], rules, plan.week)


def _registry(before: Known, plan: Plan, fresh: list[dict[str, Any]]) -> pd.DataFrame:
    """The registered segments of the epoch that are watched, as the signal asks for them.

    theses  how many of a segment's batch were named in advance, watched today or not: what it took of alpha is spent
    """
    mine = before.registry[(before.registry["epoch"] == plan.epoch)]
    rows = pd.DataFrame(fresh, columns=[c for c in mine.columns if c != "k"])
    rows = rows.assign(k=rows["k_at_birth"])
    for column in ("first_week", "registered_week"):
        rows[column] = pd.to_datetime(rows[column]).astype("datetime64[us]")
    both = pd.concat([mine, rows], ignore_index=True) if len(mine) else rows
    kinds = dict.fromkeys(("epoch", "batch", "k", "k_at_birth"), "int64")
    both = both.astype({**kinds, "thesis": "bool"})
    both = both.assign(theses=both.groupby("batch")["thesis"].transform("sum").astype("int64"))
    return both[both["dimension"].isin(plan.watched)].reset_index(drop=True)


def _reached(verdict: Judged, rules: Rules) -> set[tuple[str, str]]:
    """(dimension, segment) whose evidence on two metrics ever was what must remain without any one account."""
    enough = math.log(rules.account)
    return {(one.dimension, one.segment) for one in verdict.candidates if (one.history.log_e_two >= enough).any()}


def _accounts(
    warehouse: Warehouse,
    company: Company,
    plan: Plan,
    rules: Rules,
    segments: set[tuple[str, str]],
    cells: pd.DataFrame,
    kept: pd.DataFrame,
) -> pd.DataFrame:
    """Cells of the accounts these segments lean on that are not kept yet."""
    found = [kept.iloc[:0][list(ROWS)]]
    key = ["segment", "metric", "account_id", "week", "band"]
    for dimension in sorted({of for of, _ in segments}):
        mine = kept[kept["dimension"] == dimension]
        own = cells[cells["dimension"] == dimension]
        names = sorted(name for of, name in segments if of == dimension)
        asked = leaned_on(warehouse, company, plan.metrics, dimension, names, plan.week, own, mine, rules.top_accounts)
        old = pd.MultiIndex.from_frame(mine[key])
        found.append(asked[~pd.MultiIndex.from_frame(asked[key]).isin(old)])
    return pd.concat(found, ignore_index=True)


def _told(done: Refreshed) -> Outcome:
    empty = Outcome(True, "", done.plan.epoch, done.plan.week, done.plan.opened, left_out=done.plan.left_out)
    return replace(
        empty,
        weeks=len(done.weeks),
        frozen=len(done.frozen.cells),
        registered=len(done.registered),
        restated=len(done.restated),
    )
