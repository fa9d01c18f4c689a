"""`python -m benchmarks.signal.dilution`: how often the dilution alarm rings for nothing, and how soon it rings.

A company's share of work outside was 60 % for a year; then people decide. Its luck of a week lies on the log odds.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from gtm_metrics.tightening import KINDS, PROMISE, drifts, watched_from

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- dilution -->", "<!-- end of dilution -->"
ON = date(2025, 1, 8)
BEFORE, WATCHED, DRIFT_AT, DRIFTING = 52, 104, 40, 64
SIZES = {"300 touches, 60 deals, 15 wins a week": (300, 60, 15), "60, 12, 3": (60, 12, 3), "12, 3, 1": (12, 3, 1)}
LUCK = {"weeks independent": (0.0, 0.0), "a fifth, lasting": (0.2, 0.8), "three tenths, lasting": (0.3, 0.8)}
"""Standard deviation of a week's luck on the log odds, and how much of it is left the week after."""
STAYS = {"stays at 60 %": [0.6] * WATCHED, "falls to 30 % and stays": [0.3] * WATCHED}
DRIFTS = {
    "30 to 50 %": [0.3] * DRIFT_AT + [0.5] * DRIFTING,
    "30 to 40 %": [0.3] * DRIFT_AT + [0.4] * DRIFTING,
}


def company(
    rng: np.random.Generator, paces: Sequence[float], since: Sequence[float], sd: float, lasting: float
) -> pd.DataFrame:
    """what | week | total | outside of one company; `since` is the share outside, week by week after the decision."""
    share = np.array([0.6] * BEFORE + [since[0]] + list(since))
    weeks = [pd.Timestamp(watched_from(ON) + timedelta(weeks=i)) for i in range(len(share))]
    parts = []
    for what, pace in zip(KINDS, paces, strict=True):
        luck = rng.normal(0, sd, len(share))
        for week in range(1, len(share)):
            luck[week] = lasting * luck[week - 1] + math.sqrt(1 - lasting**2) * luck[week]
        total = rng.poisson(pace, len(share))
        chance = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + luck)))
        outside = rng.binomial(total, chance)
        parts.append(pd.DataFrame({"what": what, "week": weeks, "total": total, "outside": outside}))
    return pd.concat(parts, ignore_index=True).astype({"total": float, "outside": float})


def first_rang(work: pd.DataFrame) -> int | None:
    """Whole weeks after the decision until any kind of work rang; None for never."""
    weeks = [(each.rang - ON).days // 7 for each in drifts(work, ON) if each.rang]
    return min(weeks) if weeks else None


def measured(runs: int, seed: int) -> str:
    """Both tables as Markdown."""
    false = ["| companies | luck | " + " | ".join(STAYS) + " |", "| --- | --- | " + "---: | " * len(STAYS)]
    soon = ["| companies | luck | " + " | ".join(DRIFTS) + " |", "| --- | --- | " + "---: | " * len(DRIFTS)]
    for size, paces in SIZES.items():
        for luck, (sd, lasting) in LUCK.items():
            rang = {name: _rang(runs, seed, paces, since, sd, lasting) for name, since in STAYS.items()}
            cells = [f"{sum(week is not None for week in weeks)} of {runs}" for weeks in rang.values()]
            false.append(f"| {size} | {luck} | {' | '.join(cells)} |")
            late = {name: _rang(runs // 2, seed, paces, since, sd, lasting) for name, since in DRIFTS.items()}
            soon.append(f"| {size} | {luck} | {' | '.join(_delay(weeks) for weeks in late.values())} |")
            print(false[-1], soon[-1], sep="\n", flush=True)
    return (
        f"Two years after a decision, looked at every week, all kinds of work together; goal: at most 1 in "
        f"{round(1 / PROMISE)}.\n\n" + "\n".join(false) + "\n\n"
        f"Weeks from a drift that begins {DRIFT_AT} weeks after the decision until it has rung in half of them, "
        f"and in how many it did within {DRIFTING}. A ring before the drift counts as never.\n\n" + "\n".join(soon)
    )


def _rang(
    runs: int, seed: int, paces: Sequence[float], since: Sequence[float], sd: float, lasting: float
) -> list[int | None]:
    return [
        first_rang(company(np.random.default_rng((seed, run)), paces, since, sd, lasting)) for run in range(runs)
    ]


def _delay(weeks: Sequence[int | None]) -> str:
    found = [week - DRIFT_AT for week in weeks if week is not None and week > DRIFT_AT]
    share = f"{len(found)} of {len(weeks)}"
    if 2 * len(found) <= len(weeks):
        return f"half not ({share})"
    return f"{sorted(found)[(len(weeks) - 1) // 2]} ({share})"


def main(given: list[str]) -> int:
    """Measures, prints, and with --write puts the tables into the README beside."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signal.dilution", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="companies a line; half as many where one drifts (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(given)
    told = f"{measured(asked.runs, asked.seed)}\n\nSeed {asked.seed}, {datetime.now(UTC).date()}."
    if asked.write:
        text = README.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
