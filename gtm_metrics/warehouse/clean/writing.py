"""How one warehouse is written to, where SQL is put together as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Writing:
    """How one warehouse is written to: its dialect's name and how it spells our own names."""

    dialect: str
    name: Callable[[str], str]

    def code_point(self, name: str, kind: str) -> str:
        """SQL that sorts a column of text by code point: PostgreSQL otherwise sorts by the server's language."""
        if self.dialect != "postgresql":
            return name
        return f'cast({name} as varchar) collate "C"' if kind == "text" else name

    def days_on(self, day: str, count: int) -> str:
        """SQL for the date `count` days after `day`."""
        if self.dialect == "snowflake":
            return f"dateadd(day, {count}, {day})"
        return f"({day} + {count})"
