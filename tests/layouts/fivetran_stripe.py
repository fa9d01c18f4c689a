"""The demo's subscriptions as Fivetran writes Stripe's: prices by item and interval, discounts, trials, and decoys.

Names of relations and columns as in the public staging models of Fivetran's Stripe package.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]

ODD = timedelta(hours=14, minutes=16, seconds=37)
"""Stripe's instants have a time of day; a day paid for begins and ends at it."""


def written(company: Frames) -> dict[str, pd.DataFrame]:
    """The layout's relations from the rows of accounts and subscriptions that are used."""
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    accounts = company["accounts"]
    shared = set(accounts["domain"][accounts["domain"].duplicated(keep=False)])
    payers = set(company["subscriptions"]["account_id"])
    for n, account in enumerate(accounts[accounts["account_id"].isin(payers)].to_dict("records")):
        _customer(rows, n, account, account["domain"] in shared)
    for n, paid in enumerate(company["subscriptions"].to_dict("records")):
        _subscription(rows, n, paid)
    _decoys(rows, next(iter(rows["customer"])))
    return {name: pd.DataFrame(rows[name], columns=columns.split()) for name, columns in COLUMNS.items()}


COLUMNS = {
    "customer": "id email name metadata currency created livemode is_deleted _fivetran_synced",
    "subscription_history": "id _fivetran_active _fivetran_synced customer_id status created start_date "
    "current_period_start current_period_end cancel_at cancel_at_period_end canceled_at ended_at trial_start trial_end "
    "livemode metadata quantity cancellation_details_feedback cancellation_details_reason",
    "subscription_item": "id subscription_id plan_id quantity created _fivetran_synced",
    "price": "id unit_amount unit_amount_decimal currency recurring_interval recurring_interval_count "
    "recurring_usage_type billing_scheme product_id type livemode",
    "plan": "id amount currency interval interval_count usage_type product_id",
    "subscription_discount": "id coupon_id customer_id subscription_id invoice_id start end",
    "coupon": "id percent_off amount_off currency duration duration_in_months",
    "account_crosswalk": "account_id stripe_customer_id",
}


def _customer(rows: dict[str, list[Row]], n: int, account: Row, shared: bool) -> None:
    """A customer that names its account in one of the ways there are."""
    name = account["account_id"]
    person = {"email": f"accounts.payable@{account['domain']}", "metadata": "{}"}
    way = n % 4 if not shared else n % 2
    if way == 0:
        person = {"email": None, "metadata": f'{{"note": "account_id", "salesforce_account_id": "{name}"}}'}
    elif way == 1:
        # the id of an account in some other system says nothing, an address at a mail provider neither
        person = {"email": f"{n}@Gmail.com", "metadata": '{"account_id": "app-17"}'}
        rows["account_crosswalk"].append({"account_id": name, "stripe_customer_id": f"cus_{name}"})
    elif way == 2:
        person["email"] = person["email"].upper()
    rows["customer"].append({"id": f"cus_{name}", "livemode": True, "is_deleted": False, **person})


def _subscription(rows: dict[str, list[Row]], n: int, paid: Row) -> None:
    """A subscription, its versions, items and discounts, that come to the row of ours."""
    name, started = f"sub_{paid['subscription_id']}", paid["started_on"]
    row = {
        "id": name, "_fivetran_active": True, "customer_id": f"cus_{paid['account_id']}", "livemode": True,
        "created": started + ODD, "start_date": started + ODD, "status": ("active", "past_due", "unpaid")[n % 3],
        "cancel_at_period_end": False, "cancellation_details_feedback": paid["end_reason"],
        "cancellation_details_reason": "cancellation_requested" if pd.notna(paid["end_reason"]) else None,
    }
    ended = paid["ended_on"]
    if not pd.isna(ended):
        row |= {"status": "canceled", "canceled_at": ended - timedelta(days=20) if n % 3 else ended + ODD}
        row |= {"ended_at": ended + timedelta(hours=23, minutes=59)} if n % 3 else {}
    elif n % 5 == 0:
        # notice is no end
        row |= {"cancel_at_period_end": True, "canceled_at": started + timedelta(days=2),
                "cancel_at": started + timedelta(days=900)}
    if n % 7 == 0:
        row |= {"start_date": started - timedelta(days=14), "trial_start": started - timedelta(days=14),
                "trial_end": started + ODD}
    rows["subscription_history"] += [{**row, "_fivetran_active": False, "status": "incomplete"}] * (n % 2) + [row]
    if not pd.isna(paid["mrr"]):
        _items(rows, n, name, row["customer_id"], paid)
    else:
        _item(rows, name, 1, None, "month", 1)


def _items(rows: dict[str, list[Row]], n: int, name: str, customer: str, paid: Row) -> None:
    """Items and a discount that come to the monthly revenue of ours, in one of the ways there are."""
    cents = round(100 * paid["mrr"])
    match n % 8:
        case 0:
            _item(rows, name, 1, 12 * cents, "year", 1)
        case 1:
            _item(rows, name, 3, cents, "month", 3)
        case 2:
            # two seats of the one, one of the other, and use that is paid by the piece
            _item(rows, name, 2, cents // 4, "month", 1)
            _item(rows, name, 1, cents - 2 * (cents // 4), "month", 1, plan=True)
            _item(rows, name, None, 7, "month", 1, usage="metered")
        case 3:
            _item(rows, name, 1, cents * 12 / 52, "week", 1)
        case 4:
            _item(rows, name, 1, cents * 12 / 365 * 30, "day", 30)
        case 5:
            _item(rows, name, 1, cents / 0.8, "month", 1)
            _discount(rows, name, customer, percent_off=20.0)
        case 6:
            _item(rows, name, 1, 12 * (cents + 4_000), "year", 1)
            _discount(rows, name, customer, amount_off=12 * 4_000, currency="usd")
        case _:
            _item(rows, name, 1, cents, "month", 1)
            _discount(rows, name, customer, duration="once", percent_off=50.0)


def _item(rows: dict[str, list[Row]], subscription: str, quantity: int | None, amount: float | None, interval: str,
          count: int, usage: str = "licensed", plan: bool = False) -> None:
    """An item and its price in the currency's smallest unit; `plan` keeps the price where older ones are."""
    name = f"price_{len(rows['price']) + len(rows['plan'])}"
    whole = amount if amount is not None and amount == int(amount) else None
    if plan:
        rows["plan"].append({"id": name, "amount": whole, "currency": "usd", "interval": interval,
                             "interval_count": count, "usage_type": usage})
    else:
        decimal = None if amount is None else repr(amount)
        rows["price"].append({"id": name, "unit_amount": whole, "unit_amount_decimal": decimal, "currency": "usd",
                              "recurring_interval": interval, "recurring_interval_count": count, "type": "recurring",
                              "recurring_usage_type": usage, "livemode": True,
                              "billing_scheme": "tiered" if amount is None else "per_unit"})
    rows["subscription_item"].append({"id": f"si_{name}", "subscription_id": subscription, "plan_id": name,
                                      "quantity": quantity})


def _discount(rows: dict[str, list[Row]], subscription: str, customer: str, duration: str = "forever",
              **coupon: Any) -> None:
    name = f"coupon_{len(rows['coupon'])}"
    rows["coupon"].append({"id": name, "duration": duration, **coupon})
    rows["subscription_discount"].append({"id": f"di_{name}", "coupon_id": name, "customer_id": customer,
                                          "subscription_id": subscription})


def _decoys(rows: dict[str, list[Row]], known: Row) -> None:
    """Subscriptions that are none, of an account that pays, and customers that are nobody's."""
    start = pd.Timestamp("2025-02-03 08:00")
    row = {"customer_id": known["id"], "status": "active", "created": start, "start_date": start, "livemode": True,
           "_fivetran_active": True, "cancel_at_period_end": False}
    decoys = {
        "sub_test": {"livemode": False}, "sub_incomplete": {"status": "incomplete"},
        "sub_expired": {"status": "incomplete_expired", "ended_at": start + timedelta(hours=23)},
        "sub_trialing": {"status": "trialing", "trial_start": start, "trial_end": start + timedelta(days=900)},
        "sub_paused": {"status": "paused", "trial_start": start, "trial_end": start + timedelta(days=14)},
        "sub_left_in_trial": {"status": "canceled", "trial_start": start, "trial_end": start + timedelta(days=14),
                              "ended_at": start + timedelta(days=14)},
        "sub_stranger": {"customer_id": "cus_stranger"}, "sub_private": {"customer_id": "cus_private"},
        "sub_nobody": {"customer_id": "cus_never_synced"},
    }
    for name, differs in decoys.items():
        rows["subscription_history"].append({**row, "id": name, **differs})
        _item(rows, name, 1, 1_000_000, "month", 1)
    rows["customer"] += [{"id": "cus_stranger", "email": "pay@stranger.example"},
                         {"id": "cus_private", "email": "someone@gmail.com"}]


SET_ASIDE = {
    "test mode": 1, "first payment never made": 2, "trial": 3, "billing customer without account": 1,
    "billing customer with a private e-mail": 1, "billing customer unknown": 1,
}
"""How many decoys there are by the reason for which they do not count, older versions apart."""
