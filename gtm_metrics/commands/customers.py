"""Customers by value, and whom to win, without a browser: gtm-metrics customers | targets."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date

import pandas as pd

from gtm_metrics import customers, journal
from gtm_metrics.commands.asking import journal_of, opened
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.tables import IDEAL, NEGATIVE
from gtm_metrics.measures import Rule, look_alikes, rules_of, value
from gtm_metrics.question import Question
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.tallies import dimensions
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.weeks import known_by
from gtm_metrics.words import profile

FINE = 0
LISTED, TARGETS = 12, 100
SUGGESTED = "what the best customers share; nobody has kept a profile"
NO_PROFILE = (
    "there is no profile, and nothing sets the best customers apart that one could be made of; keep one on the page "
    "Best-fit customers"
)


def add_customers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers; `command(name, run, text)` gives one."""
    sub = command("customers", _customers, "the best and the worst customers, and what they share")
    sub.add_argument(
        "--traits", choices=tuple(customers.SIDES), help="what the best or the worst tenth share, a row a trait"
    )
    sub.add_argument("--pairs", action="store_true", help="traits of two attributes at once, with --traits")
    sub.add_argument(
        "--criteria",
        choices=("profile", "best"),
        help="the seven criteria of an ideal customer: those who fit the profile, or the best tenth, and everyone else",
    )
    sub.add_argument("--limit", type=_rows, default=LISTED, metavar="N", help="accounts of either end (default 12)")
    sub = command("targets", _targets, "accounts that fit the profile and are left to win")
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


def _customers(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints the first and last customers by place, or every trait of a side beside all customers."""
    warehouse = opened(company, today)
    through = warehouse.data_through
    question = Question(as_of or through or today, weeks=None)
    told = value.grouped(warehouse, company, question, options.pairs)
    if told.missing:
        tell(f"nobody is scored: {told.missing}")
    for name, why in told.recipe.missing.items():
        tell(f"{name} is left out: {why}")
    if options.criteria:
        found = _criteria(warehouse, company, question, told, options.criteria, today)
    elif options.traits:
        found = customers.traits(told.frame)
        found = found[found["side"] == options.traits].reset_index(drop=True)
    elif told.missing:
        found = pd.DataFrame(columns=list(value.LIST_COLUMNS))
    else:
        found = value.ends(warehouse, company, question, told.recipe, options.limit, options.limit)
    show(found.assign(as_of=question.as_of, data_through=through), options.format)
    return FINE


def _criteria(
    warehouse: Warehouse, company: Company, question: Question, told: value.Grouped, whose: str, today: date
) -> pd.DataFrame:
    """A row a sign of the seven criteria, as `customers.criteria` gives it, with whose it is and what people say."""
    wanted, source, _, answers, _ = _kept(company, known_by(question.as_of, warehouse.data_through, today))
    if whose == "best":
        wanted, source = (), "the best tenth"
    elif not wanted:
        wanted, source = _suggested(warehouse, company, told), SUGGESTED if not told.missing else "nobody"
        if not wanted and not told.missing:
            raise Refused(NO_PROFILE + ", or ask for the best tenth: --criteria best")
    met = value.criteria(warehouse, company, question, told.recipe, wanted)
    weighed = told.recipe.weights
    found = customers.criteria(met.frame, met.missing, value.seven(company), company.minimum_trials, weighed)
    labels = {rule.dimension: company.dimension(rule.dimension).label for rule in wanted}
    by = f"{source}: {profile.sentence(wanted, labels)}" if wanted else source
    tell(f"{by}; {met.inside:,} customers beside {met.rest:,}")
    said = answers.set_index("criterion")
    for name, column in (("answer", "answer"), ("answered_by", "who"), ("answered_on", "on")):
        there = said[column].to_dict()
        found[name] = pd.Series([there.get(each) for each in found["criterion"]], dtype=object)
    return found.assign(of=whose)


def _kept(
    company: Company, known: date
) -> tuple[tuple[Rule, ...], str, tuple[str, ...], pd.DataFrame, tuple[Rule, ...]]:
    """What people keep by a day: the profile's rules, what they are called, accounts on lists, answers to criteria, and
    the rules of the negative profile."""
    with journal_of(company) as engine, journal.reading(engine) as seen:
        kept, answers = journal.profile(seen, IDEAL, known), journal.criteria(seen, known)
        on_lists = tuple(journal.listed(seen, known)["account_id"])
        negative = journal.profile(seen, NEGATIVE, known)
    unwanted = rules_of(negative["rules"]) if negative else ()
    if kept is None:
        return (), "", on_lists, answers, unwanted
    return rules_of(kept["rules"]), f"the profile, version {kept['version']}", on_lists, answers, unwanted


def _suggested(warehouse: Warehouse, company: Company, told: value.Grouped) -> tuple[Rule, ...]:
    """The profile that the traits of the best suggest; () where nothing does."""
    among = [each.name for each in dimensions(warehouse, company)]
    return tuple(Rule(*rule) for rule in customers.suggested(customers.traits(told.frame), among))


def _targets(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints look-alikes of the kept profile, of what the data suggest, or of the rules given; each with reasons."""
    warehouse = opened(company, today)
    through = warehouse.data_through
    question = Question(as_of or through or today, weeks=None)
    wanted, source, on_lists, _, unwanted = _kept(company, known_by(question.as_of, through, today))
    if options.rule:
        wanted, source = tuple(options.rule), "the rules given"
    if not wanted:
        wanted, source = _suggested(warehouse, company, value.grouped(warehouse, company, question)), SUGGESTED
    if not wanted:
        raise Refused(NO_PROFILE + ", or give --rule DIM=VALUE")
    alike = look_alikes(warehouse, company, question, wanted, on_lists, options.limit, unwanted)
    for name, why in alike.missing.items():
        tell(f"{name} cannot be looked at: {why}")
    labels = {rule.dimension: company.dimension(rule.dimension).label for rule in wanted}
    tell(f"by {source}: {profile.sentence(wanted, labels)}")
    if alike.counts:
        tell(f"{profile.who_is_left(alike.counts, len(alike.frame))}")
    show(tables_profile.targets(alike, company, labels, question.as_of), options.format)
    return FINE
