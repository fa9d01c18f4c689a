"""What was measured as lines of tables: on the terminal while it runs, and in README.md when asked."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

BEGIN, END = "<!-- measured -->", "<!-- end -->"
TITLE = "\n### "


@dataclass(frozen=True)
class Line:
    """One comparison: `ratio` is ours over the other (or the other over ours where more is better).

    goal   the ratio to reach, 0 where there is none; at_least tells whether it is a floor and not a ceiling
    """

    part: str
    what: str
    ours: str
    other: str
    ratio: float | None = None
    goal: float = 0.0
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """met or not met, and '' where there is no goal."""
        if not self.goal or self.ratio is None:
            return ""
        return "met" if (self.ratio >= self.goal if self.at_least else self.ratio <= self.goal) else "**not met**"

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in a row of the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}" if self.ratio < 10 else f"{self.ratio:.0f}"
        goal = f"{'at least' if self.at_least else 'at most'} {self.goal:g}" if self.goal else ""
        return self.what, self.ours, self.other, ratio, goal, self.verdict


@dataclass(frozen=True)
class Part:
    """A table: its title, the sentence under it, and the heads of its columns."""

    title: str
    says: str
    heads: tuple[str, str, str, str] = ("", "GTM Metrics", "other way", "ratio")


class Report:
    """Lines as they come, kept beside the measured company so that parts may run one after the other."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept
        self.lines: dict[str, list[Line]] = {}
        self.parts: dict[str, Part] = {}
        if kept.exists():
            stored = json.loads(kept.read_text())
            self.lines = {part: [Line(**line) for line in lines] for part, lines in stored["lines"].items()}
            self.parts = {key: Part(p["title"], p["says"], tuple(p["heads"])) for key, p in stored["parts"].items()}

    def open(self, key: str, part: Part) -> None:
        """Begins a table anew."""
        self.parts[key], self.lines[key] = part, []
        print(f"\n{part.title}\n", flush=True)

    def add(self, line: Line) -> None:
        """Prints a line and keeps it."""
        self.lines[line.part].append(line)
        print("  " + " | ".join(cell for cell in line.cells if cell), flush=True)
        stored = {"lines": {part: [asdict(line) for line in lines] for part, lines in self.lines.items()},
                  "parts": {key: asdict(part) for key, part in self.parts.items()}}
        self.kept.write_text(json.dumps(stored))

    def markdown(self, measured_on: date) -> dict[str, str]:
        """Every table as Markdown by its title, each with the machine and the day."""
        found = {}
        for key, part in self.parts.items():
            says = f"{part.says} Measured on {measured_on.isoformat()} on {machine()}."
            head = "| " + " | ".join((*part.heads, "goal", "")) + " |"
            rows = ["| " + " | ".join(line.cells) + " |" for line in self.lines[key]]
            table = "\n".join([head, "| --- | --- | --- | ---: | --- | --- |", *rows])
            found[part.title] = f"{says}\n\n{table}\n"
        return found

    def write(self, readme: Path, measured_on: date, without: tuple[str, ...] = ()) -> None:
        """Puts the tables, but for parts `without`, between the marks of a README for those of their titles."""
        before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
        inside, _, after = rest.partition(END)
        opening, *kept = inside.split(TITLE)
        left_out = {self.parts[key].title for key in without if key in self.parts}
        found = {title: text for title, text in self.markdown(measured_on).items() if title not in left_out}
        sections = dict(section.split("\n\n", 1) for section in kept)
        tables = "".join(
            f"{TITLE}{title}\n\n{text.rstrip()}\n" for title, text in (sections | found).items())
        readme.write_text(f"{before}{BEGIN}{opening.rstrip()}\n{tables}{END}{after}", encoding="utf-8")


def machine() -> str:
    """Processors, memory, system and Python of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"a machine with {os.cpu_count()} cores and {memory:.0f} GiB, {platform.system()}, "
            f"Python {platform.python_version()}")


def millions(rows: int) -> str:
    """10 M for 10,000,000."""
    return f"{rows / 1e6:g} M"


def memory(megabytes: float) -> str:
    """1.2 GB or 340 MB."""
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"
