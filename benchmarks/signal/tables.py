"""What was measured as tables: on the terminal, and between the two marks of README.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import BEGIN, END
from benchmarks.signal.study import ANY, EMERGING, TIGHTEN, TWO, Measured, median_interval, share_interval
from benchmarks.signal.today import BONFERRONI, NAIVE, QUARTER_LEADER, TOP_THREE_WEEKS

FALSE_ALARM = 0.02
HEADS = {
    NAIVE: "naive z",
    TOP_THREE_WEEKS: "top three weeks",
    BONFERRONI: "Bonferroni",
    QUARTER_LEADER: "quarter's leader",
}


def in_a_line(measured: Measured) -> str:
    """The scenario's numbers for the terminal."""
    if not measured.first:
        return ", ".join(f"{way} {percent(measured.wrong[way])}" for way in (TIGHTEN, TWO, EMERGING, *HEADS))
    return ", ".join(f"{way} {delay(measured.first[way])}" for way in (ANY, TWO, TIGHTEN, *HEADS))


def markdown(measured: Sequence[Measured], seed: int, day: date) -> str:
    """The three tables, as Markdown."""
    nobody = [one for one in measured if not one.first]
    planted = [one for one in measured if one.first]
    out = [f"Seed {seed}, {day.isoformat()}."]
    if nobody:
        out += ["", "### False alarms in two years of weekly looks", "", _companies(nobody), "",
                "| | tighten now | goal | emerging | "
                + " | ".join(HEADS.values()) + " |", "| --- | ---: | --- | ---: |" + " ---: |" * len(HEADS)]
        out += [_row(one.scenario.says, percent(one.wrong[TIGHTEN]), _at_most(one), percent(one.wrong[EMERGING]),
                     *(percent(one.wrong[way]) for way in HEADS)) for one in nobody]
    if planted:
        out += ["", "### Weeks of evidence until a planted lead is found", "", _companies(planted), "",
                "| | any | times Wald | goal | emerging | tighten now | goal | never |",
                "| --- | ---: | ---: | --- | ---: | ---: | --- | ---: |"]
        out += [_found(one) for one in planted]
        out += ["", "### Beside what teams do today: weeks until it is named, and runs in which another was first", "",
                "| | tighten now | " + " | ".join(HEADS.values()) + " |", "| --- |" + " --- |" * (1 + len(HEADS))]
        out += [_row(one.scenario.says, *(_misled(one, way) for way in (TIGHTEN, *HEADS))) for one in planted]
    return "\n".join(out) + "\n"


def write(readme: Path, told: str) -> None:
    """Puts the tables between the two marks."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{told}{END}{after}", encoding="utf-8")


def percent(hits: NDArray[np.bool_]) -> str:
    """Share of runs with its 95 % interval: 2 % (1-5)."""
    low, high = share_interval(int(hits.sum()), hits.size)
    return f"{100 * hits.mean():.3g} % ({100 * low:.0f}-{100 * high:.0f})"


def delay(weeks: NDArray[np.float64]) -> str:
    """Median with its 95 % interval: 21 (19-24); "never" where fewer than half were found."""
    median, low, high = median_interval(weeks)
    if not np.isfinite(median):
        return "more than half never"
    return f"{median:g} ({low:g}-{f'{high:g}' if np.isfinite(high) else 'never'})"


def _companies(measured: Sequence[Measured]) -> str:
    return f"{measured[0].wrong[TIGHTEN].size} companies a scenario."


def _at_most(one: Measured) -> str:
    return _met(bool(one.wrong[TIGHTEN].mean() <= FALSE_ALARM), f"at most {100 * FALSE_ALARM:g} %")


def _met(met: bool, goal: str) -> str:
    return f"{goal}: {'met' if met else '**not met**'}"


def _found(one: Measured) -> str:
    goal, within = one.scenario.bound, one.scenario.within
    any_, tighten = (median_interval(one.first[way])[0] for way in (ANY, TIGHTEN))
    times = any_ / one.wald if one.wald else np.inf
    return _row(
        one.scenario.says,
        delay(one.first[ANY]),
        f"{times:.1f}" if np.isfinite(times) else "",
        _met(times <= goal, f"at most {goal:g}") if goal else "",
        delay(one.first[EMERGING]),
        delay(one.first[TIGHTEN]),
        _met(tighten <= within, f"at most {within:g}") if within else "",
        f"{100 * np.isinf(one.first[TIGHTEN]).mean():.0f} %",
    )


def _misled(one: Measured, way: str) -> str:
    return f"{delay(one.first[way])}; {100 * one.misled[way].mean():.0f} %"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
