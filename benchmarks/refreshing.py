"""The weekly refresh beside the first one, which counts all weeks: what a week of news costs, and what history did."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.asking import Place
from benchmarks.company import AS_OF
from benchmarks.measure import MEGABYTE, Times
from benchmarks.report import Line, Part, Report, memory, millions
from benchmarks.served import indexed, served
from benchmarks.spent import Spent, spent
from gtm_metrics import journal
from gtm_metrics.company import read_company
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import Meter, connect
from gtm_metrics.weeks import WEEK
from tests.servers import NoServer

GOAL = 0.05
MOST_ON_POSTGRESQL = 10_000_000
"""Touches a server of its own holds here; a row store of a hundred million belongs on a machine of its own."""
PART = Part(
    "One more week beside all weeks",
    "The first refresh counts, freezes and judges every week of two dimensions; the next asks for what can still "
    "change (no month begins in it). The full build is what comes before there is a week to add: of the embedded "
    "warehouse its load, elsewhere the look at all tables (kept for a day), and the first refresh. CPU seconds "
    "are those of our process and of the server beside it. Rows scanned are DuckDB's count, bytes those of "
    "PostgreSQL's pages, each as often as it was read. PostgreSQL is measured as the tables come, one id of touches in "
    "a thousand found twice and no index, and with keys unique and an index on each day of touches.",
    ("", "one more week", "all weeks", "one / all"),
)


def measure(places: dict[int, Place], loads: dict[int, float], repeats: int, report: Report) -> None:
    """Each size on DuckDB, the smallest on PostgreSQL as well, without indexes and with.

    Where there is no server PostgreSQL is left out, and that is said.
    """
    report.open("refresh", PART)
    for rows, place in places.items():
        _both(f"DuckDB, {millions(rows)}", place, f"duckdb:///{place.warehouse}", loads.get(rows, 0.0), repeats, report)
    rows, place = next(iter(places.items()))
    if rows > MOST_ON_POSTGRESQL:
        print(f"  PostgreSQL: not measured, {millions(rows)} are more than {millions(MOST_ON_POSTGRESQL)}")
        return
    try:
        with served(place) as url:
            _both(f"PostgreSQL, {millions(rows)}", place, url, 0.0, 1, report)
            indexed(url)
            _both(f"PostgreSQL, {millions(rows)}, keys unique, days indexed", place, url, 0.0, 1, report)
    except NoServer as why:
        print(f"  PostgreSQL: not measured, {why}")


def _both(name: str, place: Place, url: str, load: float, repeats: int, report: Report) -> None:
    company = replace(read_company(place.toml, {**os.environ, "GTM_WAREHOUSE": url}), timeout_seconds=3600)
    begun = time.perf_counter()
    warehouse = connect(company, AS_OF)
    opened = time.perf_counter() - begun
    taken: dict[date, list[Spent]] = {AS_OF - WEEK: [], AS_OF: []}
    meters: dict[date, list[Meter]] = {AS_OF - WEEK: [], AS_OF: []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            kept = journal.open_journal(f"sqlite:///{Path(folder) / 'kept.sqlite'}")
            # what one repetition remembers of small answers is no gift to the next
            fresh = replace(warehouse, remembered={})
            for day in taken:
                meter = Meter()
                before = spent(warehouse)
                assert refresh(replace(fresh, meter=meter), company, kept, day, "benchmark").done
                taken[day].append(spent(warehouse).since(before))
                meters[day].append(meter)
            kept.dispose()

    def add(what: str, of: Callable[[Spent, Meter], float], spelled: Callable[[tuple[float, ...]], str]) -> None:
        first, later = (tuple(map(of, taken[day], meters[day])) for day in taken)
        ratio = statistics.median(later) / statistics.median(first)
        report.add(Line("refresh", f"{name}, {what}", spelled(later), spelled(first), ratio))

    add("in all", lambda one, _: one.seconds, lambda seconds: str(Times(seconds)))
    add("the warehouse's part", lambda _, meter: meter.seconds, lambda seconds: str(Times(seconds)))
    add("CPU", lambda one, _: one.cpu, lambda seconds: str(Times(seconds)))
    if warehouse.loaded:
        add("rows scanned", lambda _, meter: float(meter.scanned or 0), lambda rows: f"{max(rows) / 1e6:.2f} M")
    else:
        add("bytes gone through", lambda one, _: float(one.went_through), lambda read: memory(max(read) / MEGABYTE))
    whole = (load or opened) + statistics.median(one.seconds for one in taken[AS_OF - WEEK])
    later = Times(tuple(one.seconds for one in taken[AS_OF]))
    build = f"{load or opened:.1f} s and the first refresh: {whole:.1f} s"
    report.add(Line("refresh", f"{name}, beside the full build", str(later), build, later.median / whole, GOAL))
