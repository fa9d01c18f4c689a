"""How a command prints rows: a table for reading, JSON and CSV for programs."""

from __future__ import annotations

import json
import sys
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from gtm_metrics.exports import defused, plain_line


def say(text: str) -> None:
    """Says something beside the rows, on stderr; whatever file or name is told, nothing in it acts on a terminal."""
    print("\n".join(map(plain_line, text.split("\n"))), file=sys.stderr, flush=True)


def tell(line: str) -> None:
    """Says in a line what a reader of rows would miss, and who says it."""
    say(f"gtm-metrics: {line}")


def show(frame: pd.DataFrame, form: str) -> None:
    """Prints rows in the form asked for: table, json or csv."""
    if form == "json":
        records = [{key: plain_value(value) for key, value in row.items()} for row in frame.to_dict("records")]
        print(json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1))
        return
    flat = frame.map(partial(cell, short=form == "table"))
    print(flat.to_csv(index=False) if form == "csv" else flat.to_string(index=False), end="" if form == "csv" else "\n")


def plain_value(value: Any) -> Any:
    """A value as JSON has it: dates ISO, missing null, numbers plain."""
    if isinstance(value, dict | list | tuple):
        return value
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value.item() if hasattr(value, "item") else value


def cell(value: Any, short: bool) -> Any:
    """A value as one cell of text: rates short or in full, missing empty, groups as key=value."""
    plain = plain_value(value)
    if plain is None:
        return ""
    if isinstance(plain, dict):
        plain = "; ".join(f"{key}={item}" for key, item in plain.items())
    if isinstance(plain, list):
        plain = ", ".join(str(item) for item in plain)
    if isinstance(plain, str):
        # a table is read on a terminal, CSV in a spreadsheet
        return plain_line(plain) if short else defused(plain)
    return f"{plain:.4g}" if short and isinstance(plain, float) else plain
