"""`python -m benchmarks.signal`: simulates companies with a known truth and prints how often who is named, and when."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.signal import tables
from benchmarks.signal.scenarios import SCENARIOS
from benchmarks.signal.study import measure
from gtm_metrics.signal.rules import Rules

README = Path(__file__).with_name("README.md")


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signal", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="companies a scenario; half as many if one leads (100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[one.key for one in SCENARIOS], action="append", metavar="SCENARIO",
                        help=f"one scenario (may be given again): {', '.join(one.key for one in SCENARIOS)}")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/signal/README.md")
    asked = parser.parse_args(given)
    if asked.runs < 1:
        parser.error("--runs must be 1 or more")
    return asked


def main(given: list[str]) -> int:
    """Runs the scenarios asked for; 0 when all were measured, whether or not they met their goals."""
    asked = _arguments(given)
    begun = time.perf_counter()
    measured = []
    for scenario in SCENARIOS:
        if asked.only and scenario.key not in asked.only:
            continue
        runs = asked.runs if scenario.segment is None else max(1, asked.runs // 2)
        measured.append(measure(scenario, runs, asked.seed, Rules()))
        print(f"{time.perf_counter() - begun:6.0f} s  {scenario.key:16} {tables.in_a_line(measured[-1])}", flush=True)
    told = tables.markdown(measured, asked.seed, datetime.now(UTC).date())
    print(f"\n{told}")
    if asked.write:
        tables.write(README, told)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
