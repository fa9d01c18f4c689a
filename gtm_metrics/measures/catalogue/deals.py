"""Measures of deals: those that are open, those that were decided, and what was spent on them."""

from __future__ import annotations

from gtm_metrics.measures.catalogue.measure import MEAN, RATIO, SHARE, Measure

SPENT_DAYS = 90
"""Days before a deal was opened in which outreach counts as spent on it."""

_OPEN = ("opportunities",)
_DECIDED = ("opportunities.outcome",)
_AMOUNT = ("opportunities.outcome", "opportunities.amount")

OPEN: tuple[Measure, ...] = (
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
)

DECIDED: tuple[Measure, ...] = (
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
)

SPENT: tuple[Measure, ...] = (
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
)
