"""The weekly refresh beside the first one, which counts all weeks: what a week of news costs, and what history did."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.asking import Place
from benchmarks.company import AS_OF
from benchmarks.measure import Times
from benchmarks.report import Line, Part, Report, millions
from benchmarks.served import served
from gtm_metrics import journal
from gtm_metrics.company import read_company
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import Meter, connect
from gtm_metrics.weeks import WEEK
from tests.servers import NoServer

GOAL = 0.05
PART = Part(
    "One more week beside all weeks",
    "The first refresh counts, freezes and judges every week of two dimensions; the next asks for what can still "
    "change (no month begins in it). Both from an open connection; opening one is measured beside. The embedded "
    "warehouse has worked out sequence starts when it was loaded, and its load is part of what all weeks cost.",
    ("", "one more week", "all weeks", "one / all"),
)


def measure(places: dict[int, Place], loads: dict[int, float], repeats: int, report: Report) -> None:
    """Each size on DuckDB, the smallest on PostgreSQL as well (left out, and said, where there is no server)."""
    report.open("refresh", PART)
    for rows, place in places.items():
        _both(f"DuckDB, {millions(rows)}", place, f"duckdb:///{place.warehouse}", loads.get(rows, 0.0), repeats, report)
    rows, place = next(iter(places.items()))
    try:
        with served(place) as url:
            _both(f"PostgreSQL, {millions(rows)}", place, url, 0.0, 1, report)
    except NoServer as why:
        print(f"  PostgreSQL: not measured, {why}")


def _both(name: str, place: Place, url: str, load: float, repeats: int, report: Report) -> None:
    company = replace(read_company(place.toml, {**os.environ, "GTM_WAREHOUSE": url}), timeout_seconds=3600)
    begun = time.perf_counter()
    warehouse = connect(company, AS_OF)
    opened = time.perf_counter() - begun
    taken: dict[date, list[float]] = {AS_OF - WEEK: [], AS_OF: []}
    queries: dict[date, list[float]] = {AS_OF - WEEK: [], AS_OF: []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            kept = journal.open_journal(f"sqlite:///{Path(folder) / 'kept.sqlite'}")
            for day in taken:
                meter = Meter()
                begun = time.perf_counter()
                assert refresh(replace(warehouse, meter=meter), company, kept, day, "benchmark").done
                taken[day].append(time.perf_counter() - begun)
                queries[day].append(meter.seconds)
            kept.dispose()
    first, later = (Times(tuple(taken[day])) for day in taken)
    asked_first, asked_later = (Times(tuple(queries[day])) for day in queries)
    report.add(Line("refresh", f"{name}, in all", str(later), str(first), later.median / first.median))
    ratio = asked_later.median / asked_first.median
    report.add(Line("refresh", f"{name}, the warehouse's part", str(asked_later), str(asked_first), ratio, GOAL))
    if load:
        whole = first.median + load
        report.add(Line("refresh", f"{name}, load included", str(later), f"{whole:.0f} s", later.median / whole, GOAL))
    report.add(Line("refresh", f"{name}, opening the connection", str(Times((opened,))), "", None))
