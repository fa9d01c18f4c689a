"""What is measured besides the funnel: money and other totals, one row each. Constants only.

A sum is counted in the warehouse (n, total, total of squares) and adds over segments and weeks. A ratio names
the sums it is made of. Pages, definitions and tests iterate over MEASURES.
"""

from __future__ import annotations

from dataclasses import dataclass

SUM, MEAN, SHARE, RATIO, PART = "sum", "mean", "share", "ratio", "part"


@dataclass(frozen=True)
class Measure:
    """One measure: a sum, or what is made of sums.

    kind        sum     counted in the warehouse
                mean    total / n of the sum `of`
                share   total of `of` / total of `over`, both counts of the same rows: successes of trials
                ratio   total of `of` / total of `over`
                part    total of `of` of one segment / that of everyone
    unit        what n counts: accounts, won deals, ...
    money       its totals are amounts: in several currencies it is refused, never added
    needs       tables and columns it is counted from, each as in Metric.needs
    difference  the sum of `over` minus `of`, row by row; with it a ratio has an interval
    at_most     the largest value it can take
    part        it serves other measures and is not shown by its own name
    """

    name: str
    label: str
    unit: str
    definition: str
    needs: tuple[str, ...]
    kind: str = SUM
    money: bool = False
    differs: str = ""
    of: str = ""
    over: str = ""
    difference: str = ""
    at_most: float | None = None
    part: bool = False


RETENTION_WEEKS = 52
"""How far back the closed cohort of GRR and NRR begins."""

SPENT_DAYS = 90
"""Days before a deal was opened in which outreach counts as spent on it."""

_OPEN = ("opportunities",)
_DECIDED = ("opportunities.outcome",)
_AMOUNT = ("opportunities.outcome", "opportunities.amount")
_PAID = ("subscriptions",)
_MRR = ("subscriptions.mrr",)
_COHORT = "of the accounts that paid at the start of the period and whose prices are on record at both its ends"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "customers",
        "Customers",
        "accounts",
        "Accounts that pay on the day, whatever they pay.",
        _PAID,
        differs="Billing systems count subscriptions; an account with two is one customer here.",
    ),
    Measure(
        "mrr",
        "MRR",
        "accounts",
        "Monthly recurring revenue of the subscriptions paid for on the day.",
        _MRR,
        money=True,
        differs="A price that is not recorded adds nothing and is counted as such.",
    ),
    Measure(
        "unpriced",
        "Price not recorded",
        "accounts",
        "Paying accounts with a subscription whose price is not on record.",
        _MRR,
        part=True,
    ),
    Measure(
        "arpa",
        "ARPA",
        "accounts",
        "MRR over the paying accounts whose price is on record.",
        _MRR,
        MEAN,
        True,
        "Dividing by all accounts would count a price that is not recorded as nothing.",
        of="mrr",
    ),
    Measure(
        "share_of_arr",
        "Share of ARR",
        "accounts",
        "The segment's MRR over that of everyone.",
        _MRR,
        PART,
        True,
        of="mrr",
    ),
    Measure("open_deals", "Open deals", "open deals", "New opportunities that are not decided.", _OPEN),
    Measure(
        "open_pipeline",
        "Open pipeline",
        "open deals",
        "Amount of the new opportunities that are not decided.",
        ("opportunities.amount",),
        money=True,
        differs="CRMs weigh it by stage; here nothing is weighed.",
    ),
    Measure(
        "start_mrr", "MRR at the start", "accounts", f"MRR on the first day {_COHORT}.", _MRR, money=True, part=True
    ),
    Measure("end_mrr", "MRR at the end", "accounts", f"MRR on the last day {_COHORT}.", _MRR, money=True, part=True),
    Measure(
        "kept_mrr",
        "MRR kept",
        "accounts",
        f"The smaller of first and last day's MRR, account by account, {_COHORT}.",
        _MRR,
        money=True,
        part=True,
    ),
    Measure(
        "lost_mrr",
        "MRR lost",
        "accounts that pay less",
        f"Churned MRR and contraction together, {_COHORT}.",
        _MRR,
        money=True,
        differs="Revenue churn: it counts smaller bills too. The churn metric counts accounts that left.",
    ),
    Measure(
        "change_mrr",
        "Change of MRR",
        "accounts",
        f"Last day's MRR minus the first day's, {_COHORT}.",
        _MRR,
        money=True,
        part=True,
    ),
    Measure(
        "churned_mrr",
        "Churned MRR",
        "accounts that left",
        f"First day's MRR of those that pay nothing on the last day, {_COHORT}.",
        _MRR,
        money=True,
        differs="An account between two subscriptions pays nothing that day; logo churn waits 30 days.",
        part=True,
    ),
    Measure(
        "contraction_mrr",
        "Contraction",
        "accounts that pay less",
        f"What the accounts that still pay, but less, pay less, {_COHORT}.",
        _MRR,
        money=True,
        part=True,
    ),
    Measure(
        "expansion_mrr",
        "Expansion",
        "accounts that pay more",
        f"What accounts pay more, {_COHORT}.",
        _MRR,
        money=True,
        part=True,
    ),
    Measure(
        "grr",
        "GRR",
        "accounts",
        "(start MRR - churned - contraction) / start MRR, at most 100 % an account.",
        _MRR,
        RATIO,
        True,
        "Gross revenue retention of a closed cohort: no expansion, no new customers.",
        of="kept_mrr",
        over="start_mrr",
        difference="lost_mrr",
        at_most=1.0,
    ),
    Measure(
        "nrr",
        "NRR",
        "accounts",
        "(start MRR - churned - contraction + expansion) / start MRR.",
        _MRR,
        RATIO,
        True,
        "Net revenue retention of a closed cohort: no new customers. Dashboards that divide all MRR by "
        "last year's count new customers too.",
        of="end_mrr",
        over="start_mrr",
        difference="change_mrr",
    ),
    Measure(
        "decided",
        "Decided deals",
        "decided deals",
        "New opportunities decided in the window: won, lost or no decision.",
        _DECIDED,
        part=True,
    ),
    Measure("won", "Won deals", "won deals", "New opportunities won in the window.", _DECIDED, part=True),
    Measure(
        "no_decision",
        "No decision",
        "decided deals",
        "New opportunities that ended in no decision in the window.",
        _DECIDED,
        part=True,
    ),
    Measure(
        "won_or_lost",
        "Won or lost",
        "decided deals",
        "New opportunities won or lost in the window.",
        _DECIDED,
        part=True,
    ),
    Measure(
        "won_amount",
        "Amount won",
        "won deals",
        "Amount of the new opportunities won in the window.",
        _AMOUNT,
        money=True,
        part=True,
    ),
    Measure(
        "decided_amount",
        "Amount decided",
        "decided deals",
        "Amount of the new opportunities decided in the window.",
        _AMOUNT,
        money=True,
        part=True,
    ),
    Measure(
        "not_won_amount",
        "Amount not won",
        "decided deals",
        "Amount of the new opportunities lost or ended in no decision in the window.",
        _AMOUNT,
        money=True,
        part=True,
    ),
    Measure(
        "discounts",
        "Discounts",
        "won deals",
        "1 - amount / list amount of each deal won in the window, added up.",
        (*_AMOUNT, "opportunities.list_amount"),
        part=True,
    ),
    Measure(
        "deal_size",
        "Deal size",
        "won deals",
        "Mean amount of the deals won in the window.",
        _AMOUNT,
        MEAN,
        True,
        of="won_amount",
    ),
    Measure(
        "discount",
        "Discount given",
        "won deals",
        "Mean of 1 - amount / list amount over the won deals that record both.",
        (*_AMOUNT, "opportunities.list_amount"),
        MEAN,
        differs="Given, never caused: deals with a discount differ in more than the discount.",
        of="discounts",
    ),
    Measure(
        "no_decision_share",
        "No decision",
        "decided deals",
        "Share of decided deals that ended in no decision.",
        _DECIDED,
        SHARE,
        of="no_decision",
        over="decided",
    ),
    Measure(
        "narrow_close_rate",
        "Close rate without no decision",
        "deals won or lost",
        "Won / (won + lost).",
        _DECIDED,
        SHARE,
        differs="What CRMs and Gong call the win rate. The close rate here counts no decision "
        "as a decision against us.",
        of="won",
        over="won_or_lost",
    ),
    Measure(
        "amount_close_rate",
        "Close rate by amount",
        "decided deals",
        "Amount won / amount decided.",
        _AMOUNT,
        RATIO,
        True,
        "What the Fivetran Salesforce package calls the win rate: large deals weigh more.",
        of="won_amount",
        over="decided_amount",
        difference="not_won_amount",
        at_most=1.0,
    ),
    Measure(
        "touches_spent",
        "Touches spent",
        "decided deals",
        "Outbound touches to the account from 90 days before "
        "a decided deal was opened to its close; a touch within two deals belongs to the older.",
        ("touches", *_DECIDED),
        part=True,
    ),
    Measure(
        "calls_spent",
        "Calls spent",
        "decided deals",
        "Calls held about a decided deal, to its close.",
        ("calls", *_DECIDED),
        part=True,
    ),
    Measure(
        "effort",
        "Effort",
        "decided deals",
        "Touches and calls spent on decided deals.",
        ("touches", "calls", *_DECIDED),
        part=True,
    ),
    Measure(
        "effort_per_win",
        "Effort per win",
        "decided deals",
        "Touches and calls spent on decided deals / wins: what was spent on those that were not won is in.",
        ("touches", "calls", *_DECIDED),
        RATIO,
        differs="Not the effort of the won deals alone.",
        of="effort",
        over="won",
    ),
    Measure(
        "touched_won",
        "Won after a touch",
        "won deals",
        "Won deals whose account had a touch on record in the 90 days up to the day they were opened.",
        ("touches.direction", *_DECIDED),
        part=True,
    ),
    Measure(
        "inbound_won",
        "Won after they came to us",
        "won deals",
        "Those whose first touch in these days was inbound.",
        ("touches.direction", *_DECIDED),
        part=True,
    ),
    Measure(
        "inbound_share",
        "Inbound share of wins",
        "won deals",
        "Of the won deals with a touch in the 90 days up "
        "to the day they were opened, the share whose first was inbound.",
        ("touches.direction", *_DECIDED),
        SHARE,
        differs="CRMs read it off a lead source that someone typed.",
        of="inbound_won",
        over="touched_won",
    ),
    Measure(
        "ended_subscriptions",
        "Subscriptions that ended",
        "subscriptions",
        "Subscriptions that ended in the window; a change of price ends one and starts another.",
        ("subscriptions.ended_on",),
        differs="Often called churn; the account may still be a customer.",
    ),
    Measure(
        "ended_mrr",
        "MRR of ended subscriptions",
        "subscriptions",
        "MRR of the subscriptions that ended in the window.",
        ("subscriptions.ended_on", "subscriptions.mrr"),
        money=True,
        differs="Often called revenue churn; what the account went on to pay is not taken off. MRR lost does.",
    ),
)

BY_NAME = {measure.name: measure for measure in MEASURES}

_RETENTION = (
    "start_mrr",
    "end_mrr",
    "kept_mrr",
    "lost_mrr",
    "change_mrr",
    "churned_mrr",
    "contraction_mrr",
    "expansion_mrr",
    "unpriced",
)

GROUPS: dict[str, tuple[str, ...]] = {
    "customers": ("customers", "mrr", "unpriced"),
    "pipeline": ("open_deals", "open_pipeline"),
    "retention": _RETENTION,
    "window_retention": _RETENTION,
    "deals": (
        "decided",
        "won",
        "no_decision",
        "won_or_lost",
        "won_amount",
        "decided_amount",
        "not_won_amount",
        "discounts",
    ),
    "effort": ("decided", "won", "touches_spent", "calls_spent", "effort", "touched_won", "inbound_won"),
    "endings": ("ended_subscriptions", "ended_mrr"),
}
"""Sums that one query counts. retention runs over the 52 weeks to as_of, window_retention over the window."""


def measure_named(name: str) -> Measure:
    """The measure called `name`; KeyError lists the known names."""
    if name not in BY_NAME:
        raise KeyError(f"no measure is called {name!r}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]
