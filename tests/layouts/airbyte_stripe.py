"""The demo's subscriptions as Airbyte writes Stripe's: instants in seconds since 1970, and objects within objects.

Names of streams and fields as in the schemas of Airbyte's Stripe connector.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from layouts import fivetran_stripe

INSTANTS = ("created", "start_date", "current_period_start", "current_period_end", "cancel_at", "canceled_at",
            "ended_at", "trial_start", "trial_end")


def written(company: fivetran_stripe.Frames) -> dict[str, pd.DataFrame]:
    """The layout's relations from the rows of accounts and subscriptions that are used."""
    rows = {name: frame.astype("object").where(frame.notna(), None).to_dict("records")
            for name, frame in fivetran_stripe.written(company).items()}
    coupons = {row["id"]: row for row in rows["coupon"]}
    discounts = {row["subscription_id"]: row for row in rows["subscription_discount"]}
    prices = {row["id"]: row for row in rows["price"]} | {row["id"]: _price_of(row) for row in rows["plan"]}
    return {
        "customers": pd.DataFrame(
            [{**_picked(row, "id email name metadata livemode"), "created": 1_600_000_000} for row in rows["customer"]]
        ),
        "subscriptions": pd.DataFrame([
            {**_picked(row, "id status livemode cancel_at_period_end"), "customer": row["customer_id"],
             "discount": _discount(discounts.get(row["id"]), coupons),
             "cancellation_details": json.dumps({"comment": None, "feedback": row["cancellation_details_feedback"],
                                                 "reason": row["cancellation_details_reason"]}),
             **{name: _seconds(row[name]) for name in INSTANTS}}
            for row in rows["subscription_history"] if row["_fivetran_active"]
        ]).astype(dict.fromkeys(INSTANTS, "Int64")),
        "subscription_items": pd.DataFrame([
            {"id": row["id"], "subscription": row["subscription_id"], "quantity": row["quantity"],
             "price": _price(prices[row["plan_id"]]), "plan": json.dumps({"id": row["plan_id"], "object": "plan"})}
            for row in rows["subscription_item"]
        ]).astype({"quantity": "Int64"}),
        "account_crosswalk": pd.DataFrame(rows["account_crosswalk"]),
    }


def nested(company: fivetran_stripe.Frames) -> dict[str, pd.DataFrame]:
    """The same where only subscriptions are synced: their items lie within them."""
    frames = written(company)
    items: dict[str, list[dict[str, Any]]] = {}
    for row in frames.pop("subscription_items").astype("object").to_dict("records"):
        quantity = None if pd.isna(row["quantity"]) else row["quantity"]
        item = {"id": row["id"], "object": "subscription_item", "quantity": quantity, "price": json.loads(row["price"])}
        items.setdefault(row["subscription"], []).append(item)
    held = [json.dumps({"object": "list", "data": items.get(name, [])}) for name in frames["subscriptions"]["id"]]
    return {**frames, "subscriptions": frames["subscriptions"].assign(items=held)}


def _picked(row: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split()}


def _seconds(instant: pd.Timestamp | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _price_of(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan under a price's names."""
    return {"unit_amount": plan["amount"], "unit_amount_decimal": None, "recurring_interval": plan["interval"],
            "recurring_interval_count": plan["interval_count"], "recurring_usage_type": plan["usage_type"],
            **_picked(plan, "id currency")}


def _price(row: dict[str, Any]) -> str:
    recurring = {name: row[f"recurring_{name}"] for name in ("interval", "interval_count", "usage_type")}
    return json.dumps({**_picked(row, "id currency unit_amount unit_amount_decimal"), "recurring": recurring})


def _discount(row: dict[str, Any] | None, coupons: dict[str, dict[str, Any]]) -> str | None:
    if row is None:
        return None
    coupon = _picked(coupons[row["coupon_id"]], "id percent_off amount_off currency duration")
    return json.dumps({"coupon": coupon, "start": 1_600_000_000, "end": None, "object": "discount"})


SET_ASIDE = fivetran_stripe.SET_ASIDE
"""How many decoys there are by the reason for which they do not count."""
