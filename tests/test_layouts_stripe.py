"""Stripe's traps, a subscription each: what a month costs, when a spell begins and ends, and whose it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import TODAY, Small
from layouts.beside import loaded

from gtm_metrics.doctor import ties

COLUMNS = {
    "price": ("id", "unit_amount", "unit_amount_decimal", "currency", "recurring_interval",
              "recurring_interval_count", "recurring_usage_type", "transform_quantity_divide_by"),
    "subscription_item": ("id", "subscription_id", "plan_id", "quantity", "_fivetran_deleted"),
    "subscription_discount": ("id", "coupon_id", "customer_id", "subscription_id", "invoice_id", "START", "END"),
    "coupon": ("id", "percent_off", "amount_off", "currency", "duration"),
}


def item(amount: Any, currency: str = "usd", every: str = "month", count: int = 1, quantity: int | None = 1,
         **price: Any) -> dict[str, Any]:
    """An item at `amount` of the currency's smallest unit every `count` months, weeks, ..."""
    return {"quantity": quantity, "price": {"unit_amount": amount, "currency": currency, "recurring_interval": every,
                                            "recurring_interval_count": count, **price}}


def off(duration: str = "forever", start: str | None = None, end: str | None = None, customer: bool = False,
        **coupon: Any) -> dict[str, Any]:
    """A discount of the subscription, or of its customer, with its coupon."""
    return {"START": start, "END": end, "customer": customer, "coupon": {"duration": duration, **coupon}}


PRICES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], float | None, str | None]] = {
    "cents": ([item(2_999)], [], 29.99, "USD"),
    "yen have no cents": ([item(5_000, "jpy")], [], 5_000, "JPY"),
    "dinars have a thousand fils": ([item(12_345, "KWD")], [], 12.345, "KWD"),
    # docs.stripe.com/currencies: without decimals, and yet 5 UGX are sent as 500
    "shillings are sent with decimals": ([item(500, "ugx")], [], 5, "UGX"),
    "a year": ([item(120_000, every="year")], [], 100, "USD"),
    "two years": ([item(240_000, every="year", count=2)], [], 100, "USD"),
    "a quarter": ([item(30_000, count=3)], [], 100, "USD"),
    "a week": ([item(1_200, every="week")], [], 52, "USD"),
    "thirty days": ([item(3_600, every="day", count=30)], [], 36.5, "USD"),
    "seats": ([item(900, quantity=7)], [], 63, "USD"),
    "fractions of a cent": ([item(None, unit_amount_decimal="0.5", quantity=1_000)], [], 5, "USD"),
    "several items": ([item(10_000), item(12_000, every="year"), item(500, quantity=2)], [], 120, "USD"),
    "an item taken off": ([item(10_000), item(500) | {"_fivetran_deleted": True}], [], 100, "USD"),
    "use beside a fee": ([item(10_000), item(5, quantity=None, recurring_usage_type="metered")], [], 100, "USD"),
    "use alone": ([item(5, quantity=None, recurring_usage_type="metered")], [], None, None),
    "tiers": ([item(10_000), item(None)], [], None, "USD"),
    "packages": ([item(10_000, quantity=40, transform_quantity_divide_by=10)], [], None, "USD"),
    "two currencies": ([item(10_000), item(10_000, "eur")], [], None, None),
    "no items": ([], [], None, "USD"),
    "percent": ([item(10_000)], [off(percent_off=15.5)], 84.5, "USD"),
    "two percentages": ([item(10_000)], [off(percent_off=20), off(percent_off=10)], 72, "USD"),
    "an amount off each invoice": ([item(120_000, every="year")], [off(amount_off=24_000, currency="usd")], 80, "USD"),
    "an amount of other money": ([item(10_000)], [off(amount_off=1_000, currency="eur")], None, "USD"),
    "once": ([item(10_000)], [off("once", percent_off=50)], 100, "USD"),
    "of one invoice": ([item(10_000)], [off(percent_off=50) | {"invoice_id": "in_1"}], 100, "USD"),
    "the customer's": ([item(10_000)], [off(percent_off=25, customer=True)], 75, "USD"),
    "its own before the customer's": (
        [item(10_000)], [off(percent_off=25, customer=True), off(percent_off=10)], 90, "USD"),
    "a coupon that is not there": ([item(10_000)], [off(percent_off=10) | {"coupon": None}], None, "USD"),
}
"""Items, discounts, and what a month comes to, by what is to be seen."""

SPELLS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "runs": ({}, [], [(date(2025, 1, 10), None, 100)]),
    # the last day has been paid for by the hour: the day of the end is the first that is not
    "ended": ({"status": "canceled", "ended_at": "2025-04-10 09:30", "cancellation_details_feedback": "too_expensive",
               "cancellation_details_reason": "cancellation_requested"}, [],
              [(date(2025, 1, 10), date(2025, 4, 10), 100, "too_expensive")]),
    "canceled alone says it": ({"status": "canceled", "canceled_at": "2025-04-10 09:30"}, [],
                               [(date(2025, 1, 10), date(2025, 4, 10), 100)]),
    "notice is no end": ({"cancel_at_period_end": True, "canceled_at": "2025-04-10 09:30",
                          "cancel_at": "2026-12-10"}, [], [(date(2025, 1, 10), None, 100)]),
    "past due pays still": ({"status": "past_due"}, [], [(date(2025, 1, 10), None, 100)]),
    "unpaid is a customer still": ({"status": "unpaid"}, [], [(date(2025, 1, 10), None, 100)]),
    "after a trial": ({"trial_start": "2025-01-10 12:00", "trial_end": "2025-02-10 12:00"}, [],
                      [(date(2025, 2, 10), None, 100)]),
    "a trial on the way": ({"trial_start": "2025-03-01", "trial_end": "2025-04-01"}, [],
                           [(date(2025, 1, 10), None, 100)]),
    "began as it was created": ({"start_date": None}, [], [(date(2025, 1, 9), None, 100)]),
    "half a year less": ({}, [off("repeating", "2025-01-10 12:00", "2025-07-10 12:00", percent_off=50)],
                         [(date(2025, 1, 10), date(2025, 7, 10), 50, "changed price"),
                          (date(2025, 7, 10), None, 100)]),
    "less on the way, ended meanwhile": (
        {"status": "canceled", "ended_at": "2025-06-01"},
        [off("repeating", "2025-03-01", "2025-09-01", amount_off=3_000, currency="usd")],
        [(date(2025, 1, 10), date(2025, 3, 1), 100, "changed price"), (date(2025, 3, 1), date(2025, 6, 1), 70)]),
    "over before it began": ({}, [off("repeating", "2024-01-01", "2024-06-01", percent_off=50)],
                             [(date(2025, 1, 10), None, 100)]),
}
"""What the subscription says besides, its discounts, and the spells it comes to: start, end, mrr, reason."""

ASIDE: dict[str, tuple[dict[str, Any], str]] = {
    "an older version": ({"_fivetran_active": False}, "older version"),
    "a test": ({"livemode": False}, "test mode"),
    "deleted": ({"_fivetran_deleted": True}, "deleted in Stripe"),
    "first payment failed": ({"status": "incomplete"}, "first payment never made"),
    "first payment expired": ({"status": "incomplete_expired"}, "first payment never made"),
    "on trial": ({"status": "trialing", "trial_end": "2027-01-01"}, "trial"),
    "trial over, no card": ({"status": "paused"}, "trial"),
    "left on the last day of the trial": (
        {"status": "canceled", "trial_end": "2025-02-10 12:00", "ended_at": "2025-02-10 12:00"}, "trial"),
    "a gift": ({}, "free"),
}
"""What the subscription says besides, and why it does not count."""

LINKS: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "by metadata": ({"metadata": '{"plan": "salesforce_account_id", "salesforce_account_id": "001A"}'}, "001A", None),
    "by a short Salesforce id": ({"metadata": '{"account_id": "001000000000018"}'}, "001000000000018AAA", None),
    "by a HubSpot id": ({"metadata": '{"hubspot_company_id": "4711"}'}, "4711", None),
    "by a column": ({"account_id": "001A", "metadata": "{}"}, "001A", None),
    "by domain": ({"email": "Pay@ACME.example", "metadata": '{"account_id": "app-9"}'}, "001A", None),
    "by crosswalk": ({"email": "x@gmail.com"}, "4711", None),
    "crosswalk before domain": ({"email": "agency@acme.example"}, "4711", None),
    "metadata before crosswalk": ({"metadata": '{"crm_account_id": "001A"}'}, "001A", None),
    "private": ({"email": "x@gmail.com"}, None, "billing customer with a private e-mail"),
    "nobody": ({"email": "x@nowhere.example"}, None, "billing customer without account"),
    "no address": ({}, None, "billing customer without account"),
    "shared domain": ({"email": "x@holding.example"}, None, "billing customer of several accounts"),
    "two ids": ({"metadata": '{"account_id": "001A", "hubspot_company_id": "4711"}'}, None,
                "billing customer of several accounts"),
    "not synced": ({"id": "cus_gone"}, None, "billing customer unknown"),
}
"""What a customer says, the account that it is, or why it is none."""

ACCOUNTS = pd.DataFrame([
    {"account_id": "001A", "domain": "https://www.acme.example/about"},
    {"account_id": "4711", "domain": "other.example"},
    {"account_id": "001000000000018AAA", "domain": None}, {"account_id": "free", "domain": "gmail.com"},
    {"account_id": "h1", "domain": "holding.example"}, {"account_id": "h2", "domain": "www.holding.example"},
])


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """All of these subscriptions in one warehouse."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    subscriptions, customers, crosswalk = [], [], []

    def add(name: str, items: list[dict[str, Any]], discounts: list[dict[str, Any]], customer: str | None = None,
            **says: Any) -> None:
        who = customer or f"cus {name}"
        if customer is None:
            customers.append({"id": who, "metadata": '{"account_id": "001A"}'})
        subscriptions.append({"id": name, "customer_id": who, "status": "active", "livemode": True,
                              "created": "2025-01-09 12:00", "start_date": "2025-01-10 12:00", **says})
        for n, part in enumerate(items):
            price = f"price {name} {n}"
            rows["price"].append({"id": price, **part["price"]})
            rows["subscription_item"].append({"id": f"{price} item", "subscription_id": name, "plan_id": price,
                                              **{k: v for k, v in part.items() if k != "price"}})
        for n, part in enumerate(discounts):
            coupon = f"coupon {name} {n}"
            if part["coupon"]:
                rows["coupon"].append({"id": coupon, **part["coupon"]})
            rows["subscription_discount"].append({
                "id": f"{coupon} discount", "coupon_id": coupon, "customer_id": who,
                "subscription_id": None if part["customer"] else name,
                **{k: v for k, v in part.items() if k not in ("coupon", "customer")}})

    for name, (items, discounts, _, _) in PRICES.items():
        add(f"price: {name}", items, discounts, currency=None if name != "no items" else "usd")
    for name, (says, discounts, _) in SPELLS.items():
        add(f"spell: {name}", [item(10_000)], discounts, **says)
    for name, (says, _) in ASIDE.items():
        add(f"aside: {name}", [item(0 if name == "a gift" else 10_000)], [], **says)
    for name, (says, _, _) in LINKS.items():
        who = f"cus {name}"
        customers.append({"id": who, **says})
        add(f"link: {name}", [item(10_000)], [], customer=who)
        if "crosswalk" in name:
            crosswalk.append({"account_id": "4711", "stripe_customer_id": who})
    frames = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}
    # Snowflake's names, and Stripe's reserved ones
    frames["subscription_discount"].columns = frames["subscription_discount"].columns.str.upper()
    history = pd.DataFrame(subscriptions)
    frames |= {"subscription_history": history, "customer": pd.DataFrame(customers),
               "account_crosswalk": pd.DataFrame(crosswalk)}
    return loaded(tmp_path_factory.mktemp("stripe"), {"accounts": ACCOUNTS}, "fivetran_stripe", frames, TODAY)


def spells(stripe: Small, name: str) -> list[tuple[Any, ...]]:
    """A subscription's used rows: account, start, end, mrr, currency, reason."""
    query = sa.text("select account_id, started_on, ended_on, mrr, currency, end_reason from gtm.subscriptions "
                    "where subscription_id = :name or subscription_id like :name || '/%' order by started_on")
    frame = stripe.warehouse.read(query.bindparams(name=name)).astype("object")
    return [tuple(None if pd.isna(v) else v.date() if isinstance(v, pd.Timestamp) else v for v in row)
            for row in frame.itertuples(index=False)]


@pytest.mark.parametrize("name", PRICES)
def test_what_a_month_costs(stripe: Small, name: str) -> None:
    """Items times prices over their intervals, less what recurs of discounts, in whole units of the currency."""
    _, _, mrr, currency = PRICES[name]
    (row,) = spells(stripe, f"price: {name}")
    assert row[3] == (None if mrr is None else pytest.approx(mrr))
    assert row[4] == currency


@pytest.mark.parametrize("name", SPELLS)
def test_when_a_spell_begins_and_ends(stripe: Small, name: str) -> None:
    """From the first day paid for to the first no longer paid for; a discount's begin or end is a new price."""
    expected = [(*spell, None)[:4] for spell in SPELLS[name][2]]
    got = [(started, ended, mrr, reason) for _, started, ended, mrr, _, reason in spells(stripe, f"spell: {name}")]
    assert got == [(s, e, pytest.approx(m), r) for s, e, m, r in expected]


@pytest.mark.parametrize("name", ASIDE)
def test_what_is_no_paid_subscription(stripe: Small, name: str) -> None:
    """A test, a trial, a version that was and a payment never made are set aside, each under its reason."""
    assert spells(stripe, f"aside: {name}") == []
    assert reason(stripe, f"aside: {name}") == ASIDE[name][1]


@pytest.mark.parametrize("name", LINKS)
def test_whose_subscription_it_is(stripe: Small, name: str) -> None:
    """By what somebody wrote down, else by the address; a customer that is nobody's is counted, not guessed."""
    _, account, why = LINKS[name]
    assert [row[0] for row in spells(stripe, f"link: {name}")] == ([account] if account else [])
    assert reason(stripe, f"link: {name}") == why


def reason(stripe: Small, name: str) -> str | None:
    """Why a subscription is set aside; None where it is not."""
    query = sa.text("select set_aside from aside.subscriptions where subscription_id = :name").bindparams(name=name)
    return next(iter(stripe.warehouse.read(query)["set_aside"]), None)


def test_every_subscription_is_accounted_for(stripe: Small) -> None:
    """A row a subscription and one more for every change of price: used, or set aside by reason."""
    relation = stripe.warehouse.relations["subscriptions"]
    asked = len(PRICES) + len(SPELLS) + len(ASIDE) + len(LINKS)
    assert relation.rows_read == asked + 2
    assert relation.rows_set_aside == len(ASIDE) + sum(why is not None for _, _, why in LINKS.values())
    assert not relation.unreadable


def test_active_subscriptions_tie_out(stripe: Small) -> None:
    """What Stripe has no end for is here, or set aside by reason, each once.

    Of a subscription cut where its price changes the last piece alone has no end; trials, versions that were and
    customers of nobody stand among the reasons.
    """
    (tie,) = [tie for tie in ties(stripe.warehouse, stripe.company) if tie.label == "Active subscriptions"]
    assert tie.unexplained == 0
    pieces = stripe.warehouse.read(sa.text(
        "select subscription_id from gtm.subscriptions where ended_on is null and subscription_id like '%/2'"))
    assert len(pieces) > 0
    assert {"trial", "older version", "billing customer without account"} <= set(tie.reasons)
    assert 0 < tie.here < tie.there
