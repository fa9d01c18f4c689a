"""Our tables' columns and their types, so that a frame is the same whatever made it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

COLUMNS: Mapping[str, str] = {
    "accounts": "account_id name created_on:date domain parent_account_id lead_source owner contact industry "
    "employees:integer region country marketing_tool team primary_use",
    "touches": "touch_id account_id sent_at:instant channel direction campaign replied_at:instant",
    "calls": "call_id account_id held_at:instant opportunity_id minutes:integer understood:boolean",
    "opportunities": "opportunity_id account_id created_at:instant type closed_at:instant outcome win_reason "
    "loss_reason competitor understood_at:instant advanced_at:instant amount:number list_amount:number currency "
    "champion_title champion_named_at:instant people_involved:integer custom_work_budget:number lead_source "
    "owner_id owner",
    "subscriptions": "subscription_id account_id started_on:date ended_on:date mrr:number currency end_reason",
    "nps_responses": "account_id answered_at:instant score:integer person_id",
    "usage_weeks": "account_id week:date active_users:integer seats:integer",
    "tickets": "ticket_id account_id opened_at:instant closed_at:instant",
    "referrals": "referrer_account_id referred_account_id referred_at:instant",
}
"""Columns of each table in order, as name:kind; text where no kind is given."""

DTYPES: Mapping[str, str] = {
    "text": "str",
    "date": "datetime64[us]",
    "instant": "datetime64[us]",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
}


def typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as table `name`: its columns in order, each of its kind."""
    kinds = [column.partition(":") for column in COLUMNS[name].split()]
    dtypes = {column: DTYPES[kind or "text"] for column, _, kind in kinds}
    return frame[list(dtypes)].astype(dtypes).reset_index(drop=True)
