"""Every tally against SQL by hand, against pandas, and against itself at ten times the size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from benchmarks.asking import WINDOWS, Asking, Place
from benchmarks.company import AS_OF
from benchmarks.measure import Times, in_a_process, side_by_side
from benchmarks.report import Line, Part, Report, memory, millions
from benchmarks.served import indexed, served
from benchmarks.spent import spent
from gtm_metrics.company import read_company
from gtm_metrics.metrics import METRICS, metric_named
from gtm_metrics.question import Question
from gtm_metrics.tallies import metrics_of
from gtm_metrics.warehouse import connect
from tests.servers import NoServer

METRIC_NAMES = tuple(metric.name for metric in METRICS)
MANY = 50_000_000
"""Touches from which three repetitions are enough."""

AT_MOST_BY_HAND, TIMES_PANDAS = 1.3, 20.0


def against_hand(places: dict[int, Place], repeats: int, report: Report, metrics: Iterable[str]) -> None:
    """The product's tally beside one hand-written statement: same connection, in turn, equal numbers asserted."""
    for rows, place in places.items():
        part = f"by hand {rows}"
        report.open(part, Part(
            f"A tally by industry beside SQL by hand, {millions(rows)} touches",
            "Median seconds of what a page waits for, frame in hand (least to most of "
            f"{repeats if rows < MANY else min(repeats, 3)} repetitions, in turn, on one connection). "
            "The numbers are the same, or the run stops.",
            ("", "GTM Metrics", "SQL by hand", "ratio")))
        for metric in metrics:
            for window, weeks in WINDOWS.items():
                asking = Asking.of(place, metric, weeks)
                times = repeats if rows < MANY else min(repeats, 3)
                asking.same(asking.hand())
                ours, hand = side_by_side(asking.ours, asking.hand, times)
                report.add(Line(part, f"{metric}, {window}", str(ours), str(hand), ours.median / hand.median,
                                AT_MOST_BY_HAND))
                asking.warehouse.engine.dispose()


def on_postgresql(place: Place, rows: int, repeats: int, report: Report, metrics: Iterable[str]) -> None:
    """The same on a PostgreSQL server with unique keys; left out, and said, where there is none."""
    try:
        with served(place) as url:
            indexed(url)
            part = f"by hand on postgresql {rows}"
            report.open(part, Part(
                f"A tally by industry beside SQL by hand on PostgreSQL, {millions(rows)} touches",
                "The tables as they come, keys unique and the days of touches indexed; ours checks every row under "
                "every query, and reads text as it stands, which the look found tidy. CPU seconds of the server and of "
                f"what waits for it, the median (least to most of {repeats} repetitions, in turn, with the settings of "
                "one session, each as often as takes half a second). The numbers are the same, or the run stops.",
                ("", "GTM Metrics", "SQL by hand", "ratio")))
            read = replace(read_company(place.toml, {**os.environ, "GTM_WAREHOUSE": url}), timeout_seconds=3600)
            warehouse = connect(read, AS_OF)
            for metric in metrics:
                for window, weeks in WINDOWS.items():
                    question = Question(AS_OF, ("industry",), weeks=weeks)
                    asking = Asking(read, warehouse, metric_named(metric, metrics_of(read)), question)
                    asking.same(asking.hand())
                    often = _often(asking.ours)
                    ours, hand = (
                        Times(tuple(seconds / often for seconds in times.seconds))
                        for times in side_by_side(_times(asking.ours, often), _times(asking.hand, often), repeats,
                                                  lambda: spent(warehouse).cpu))
                    report.add(Line(part, f"{metric}, {window}", str(ours), str(hand), ours.median / hand.median,
                                    AT_MOST_BY_HAND))
    except NoServer as why:
        print(f"  PostgreSQL: not measured, {why}")


def _often(way: Callable[[], object]) -> int:
    """How many times in a row take half a second: a server's CPU is told in hundredths."""
    way()
    begun = time.perf_counter()
    way()
    return max(1, round(0.5 / (time.perf_counter() - begun)))


def _times(way: Callable[[], object], often: int) -> Callable[[], None]:
    """A way gone several times in a row."""
    def run() -> None:
        for _ in range(often):
            way()

    return run


def against_pandas(place: Place, rows: int, repeats: int, report: Report, metrics: Iterable[str]) -> None:
    """The product's tally beside pandas over whole tables, each in a process of its own; also their peak memory."""
    report.open("pandas", Part(
        f"A tally by industry beside pandas, {millions(rows)} touches",
        "All history. Pandas reads the tables the metric needs whole, then filters, merges and groups; the numbers "
        "are the same. It reads in two ways: by pandas.read_sql, as documented, and by DuckDB's own df(), the quickest "
        "into pandas. Each in a process of its own, so that the peak of its memory is its own (about 200 MB of it is "
        "Python and what is imported). Ratios are pandas / GTM Metrics.",
        ("", "GTM Metrics", "pandas", "ratio")))
    for metric in metrics:
        ours = _alone(place, metric, "ours", repeats)
        for way in ("read_sql", "duckdb_frames"):
            other = _alone(place, metric, way, 1 if metric == "response_rate" else 2)
            for what, mine, theirs, ratio in (
                    ("time", str(ours[0]), str(other[0]), other[0].median / ours[0].median),
                    ("peak memory", memory(ours[1]), memory(other[1]), other[1] / ours[1])):
                report.add(Line("pandas", f"{metric}, {what}, {way}", mine, theirs, ratio, TIMES_PANDAS, True))


def growth(places: dict[int, Place], repeats: int, report: Report, metrics: Iterable[str]) -> None:
    """The same tally at the smallest and at the largest size, with the peak memory of each process."""
    (few, small), (many, large) = min(places.items()), max(places.items())
    if few == many:
        return
    report.open("growth", Part(
        f"A tally by industry from {millions(few)} to {millions(many)} touches",
        f"All history, a process of its own; {many / few:g} times the rows.",
        ("", millions(many), millions(few), "ratio")))
    for metric in metrics:
        more, less = _alone(large, metric, "ours", repeats), _alone(small, metric, "ours", repeats)
        report.add(Line("growth", f"{metric}, time", str(more[0]), str(less[0]), more[0].median / less[0].median))
        report.add(Line("growth", f"{metric}, peak memory", memory(more[1]), memory(less[1]), more[1] / less[1]))


def _alone(place: Place, metric: str, way: str, repeats: int) -> tuple[Times, float]:
    said = in_a_process("tally", place.folder, metric, "all", way, repeats)
    return Times(tuple(said["seconds"])), float(said["peak_mb"])


