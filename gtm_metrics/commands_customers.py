"""Customers by value without a browser: gtm-metrics customers [--traits best|worst] [--pairs]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd

from gtm_metrics import customers
from gtm_metrics.company import Company
from gtm_metrics.measures import value
from gtm_metrics.question import Question
from gtm_metrics.warehouse import Warehouse

FINE = 0
LISTED = 12

Show = Callable[[pd.DataFrame, str], None]
Opened = Callable[[Company, date], Warehouse]


def add_commands(command: Callable[..., argparse.ArgumentParser], show: Show, opened: Opened) -> None:
    """Adds the sub-parser; `command(name, run, text)` gives one, `show` prints a frame."""
    sub = command(
        "customers", partial(_customers, show, opened), "the best and the worst customers, and what they share"
    )
    sub.add_argument(
        "--traits", choices=tuple(customers.SIDES), help="what the best or the worst tenth share, a row a trait"
    )
    sub.add_argument("--pairs", action="store_true", help="traits of two attributes at once, with --traits")
    sub.add_argument("--limit", type=_rows, default=LISTED, metavar="N", help="accounts of either end (default 12)")


def _rows(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= value.MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of accounts from 1 to {value.MOST:,}")


def _customers(
    show: Show, opened: Opened, options: argparse.Namespace, company: Company, as_of: date | None, today: date
) -> int:
    """Prints the first and last customers by place, or every trait of a side beside all customers."""
    warehouse = opened(company, today)
    through = warehouse.data_through
    question = Question(as_of or through or today, weeks=None)
    told = value.grouped(warehouse, company, question, options.pairs)
    if told.missing:
        print(f"gtm-metrics: nobody is scored: {told.missing}", file=sys.stderr)
    for name, why in told.recipe.missing.items():
        print(f"gtm-metrics: {name} is left out: {why}", file=sys.stderr)
    if options.traits:
        found = customers.traits(told.frame)
        found = found[found["side"] == options.traits].reset_index(drop=True)
    elif told.missing:
        found = pd.DataFrame(columns=list(value.LIST_COLUMNS))
    else:
        found = value.ends(warehouse, company, question, told.recipe, options.limit, options.limit)
    show(found.assign(as_of=question.as_of, data_through=through), options.format)
    return FINE
