"""Measures of those who pay: on a day, kept and lost over a period, and what of it is a subscription's end."""

from __future__ import annotations

from gtm_metrics.measures.catalogue.measure import MEAN, PART, RATIO, Measure

RETENTION_WEEKS = 52
"""How far back the closed cohort of GRR and NRR begins."""

_PAID = ("subscriptions",)
_MRR = ("subscriptions.mrr",)
_COHORT = "of the accounts that paid at the start of the period and whose prices are on record at both its ends"

ON_THE_DAY: tuple[Measure, ...] = (
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
)

KEPT: tuple[Measure, ...] = (
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
)

ENDED: tuple[Measure, ...] = (
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
