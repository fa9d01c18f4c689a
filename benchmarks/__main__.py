"""`python -m benchmarks`: builds companies of the sizes asked for and prints every comparison as it is measured."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import browser, building, counting, faults, readers, refreshing, slides, valuing
from benchmarks.asking import Place
from benchmarks.company import ACCOUNTS, Size
from benchmarks.report import Report
from benchmarks.signal import speed

PARTS = ("tallies", "postgresql", "pages", "pandas", "growth", "refresh", "browser", "tighten", "signal", "readers",
         "reruns", "slides", "faults")
README = Path(__file__).with_name("README.md")


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=("load", *PARTS), action="append", help="one part (may be given again)")
    parser.add_argument("--rows", type=int, action="append", help="touches (may be given again; 10 and 100 million)")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--metrics", nargs="+", choices=counting.METRIC_NAMES, default=counting.METRIC_NAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the companies are made (a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="leave the companies in --folder for the next run")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """Runs the parts asked for; 0 when all were measured, whether or not they met their goals."""
    asked = _arguments(given)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="gtm-benchmarks-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(asked.rows or [10_000_000, 100_000_000])
    parts = asked.only or PARTS
    needed = rows if set(parts) - {"signal", "readers", "reruns", "slides", "faults"} else []
    places = {count: Place(folder.absolute() / str(count)) for count in needed}
    report = Report(folder / "measured.json")
    try:
        if places and "load" not in report.parts:
            report.open("load", building.PART)
        for count, place in places.items():
            building.build(place, Size(count, asked.accounts), asked.seed, report)
        if "tallies" in parts:
            counting.against_hand(places, asked.repeats, report, asked.metrics)
        if "postgresql" in parts and rows[0] <= refreshing.MOST_ON_POSTGRESQL:
            counting.on_postgresql(places[rows[0]], rows[0], min(asked.repeats, 3), report, asked.metrics)
        if "pages" in parts:
            valuing.against_hand(places[rows[0]], rows[0], asked.repeats, report)
        if "pandas" in parts:
            counting.against_pandas(places[rows[0]], rows[0], asked.repeats, report, asked.metrics)
        if "growth" in parts:
            counting.growth(places, asked.repeats, report, asked.metrics)
        if "refresh" in parts:
            refreshing.measure(places, building.seconds(report), asked.repeats, report)
        if "browser" in parts:
            browser.measure(places[rows[0]], rows[0], asked.repeats, report)
        if "tighten" in parts:
            browser.measure_tighten(places[rows[0]], rows[0], asked.repeats, report)
        if "signal" in parts:
            speed.measure(asked.seed, asked.repeats, report)
        if "readers" in parts:
            readers.measure(report)
        if "reruns" in parts:
            readers.measure_reruns(report)
        if "slides" in parts:
            slides.measure(asked.repeats, report)
        if "faults" in parts:
            faults.measure(asked.repeats, asked.seed, report)
        if asked.write:
            # loads that were made for the sake of another part are no table of their own
            without = ("load",) if asked.only and "load" not in asked.only else ()
            report.write(README, datetime.now(UTC).date(), without)
    finally:
        if not asked.keep:
            for place in places.values():
                shutil.rmtree(place.folder, ignore_errors=True)
            if asked.folder is None:
                shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
