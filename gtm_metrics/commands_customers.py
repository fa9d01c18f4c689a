"""Customers by value, and whom to win, without a browser: gtm-metrics customers | targets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd

from gtm_metrics import customers, journal, tables_profile
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.tables import IDEAL
from gtm_metrics.measures import Rule, look_alikes, rules_of, value
from gtm_metrics.question import Question
from gtm_metrics.tallies import dimensions
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.words import profile

FINE = 0
LISTED, TARGETS = 12, 100

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
    sub = command("targets", partial(_targets, show, opened), "accounts that fit the profile and are left to win")
    sub.add_argument(
        "--rule",
        action="append",
        default=[],
        type=_rule,
        metavar="DIM=VALUE",
        help='in place of the kept profile; several values as "industry=Retail|Banks", several rules must all hold',
    )
    sub.add_argument("--limit", type=_rows, default=TARGETS, metavar="N", help="accounts listed (default 100)")


def _rule(text: str) -> Rule:
    name, _, values = text.partition("=")
    segments = tuple(value.strip() for value in values.split("|") if value.strip())
    if not name.strip() or not segments:
        raise argparse.ArgumentTypeError(f'{text!r} is no rule such as "industry=Retail|Banks"')
    return Rule(name.strip(), segments)


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


def _targets(
    show: Show, opened: Opened, options: argparse.Namespace, company: Company, as_of: date | None, today: date
) -> int:
    """Prints look-alikes of the kept profile, of what the data suggest, or of the rules given; each with reasons."""
    warehouse = opened(company, today)
    through = warehouse.data_through
    question = Question(as_of or through or today, weeks=None)
    known = as_of or today
    engine = journal.open_journal(journal.journal_url(company))
    try:
        with journal.reading(engine) as seen:
            kept = journal.profile(seen, IDEAL, known)
            on_lists = tuple(journal.listed(seen, known)["account_id"])
    finally:
        engine.dispose()
    rules, source = tuple(options.rule), "the rules given"
    if not rules and kept:
        rules, source = rules_of(kept["rules"]), f"the profile, version {kept['version']}"
    if not rules:
        told = value.grouped(warehouse, company, question)
        found = customers.suggested(customers.traits(told.frame), [d.name for d in dimensions(warehouse, company)])
        rules, source = tuple(Rule(*rule) for rule in found), "what the best customers share; nobody has kept a profile"
    if not rules:
        raise Refused(
            "there is no profile, and nothing sets the best customers apart that one could be made of; "
            "keep one on the page Best-fit customers, or give --rule DIM=VALUE"
        )
    alike = look_alikes(warehouse, company, question, rules, on_lists, options.limit)
    for name, why in alike.missing.items():
        print(f"gtm-metrics: {name} cannot be looked at: {why}", file=sys.stderr)
    labels = {rule.dimension: company.dimension(rule.dimension).label for rule in rules}
    print(f"gtm-metrics: by {source}: {profile.sentence(rules, labels)}", file=sys.stderr)
    if alike.counts:
        print(f"gtm-metrics: {profile.who_is_left(alike.counts, len(alike.frame))}", file=sys.stderr)
    show(tables_profile.targets(alike, company, labels, question.as_of), options.format)
    return FINE
