"""The demo's outreach by e-mail as Airbyte writes Salesloft's: objects within objects, replies counted, not dated.

Names of streams and fields as in the schemas of Airbyte's Salesloft connector.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

Frames = Mapping[str, pd.DataFrame]


def written(company: Frames) -> dict[str, pd.DataFrame]:
    """The layout's relations from the rows of accounts and outbound touches that are used.

    A person answers once: Salesloft dates only the last reply of each.
    """
    accounts, touches = company["accounts"], company["touches"].sort_values(["account_id", "sent_at", "touch_id"])
    shared = set(accounts["domain"][accounts["domain"].duplicated(keep=False)])
    answers = touches["replied_at"].notna()
    spoken = answers.groupby(touches["account_id"]).cumsum() - answers
    people = touches["account_id"] + "-" + spoken.astype("str")
    names = {name: n for n, name in enumerate(sorted(touches["campaign"].dropna().unique()), 1)}
    emails: list[dict[str, Any]] = [
        {"id": touch, "recipient": _related("people", person), "recipient_email_address": None, "sent_at": sent,
         "bounced": False, "status": "sent", "counts": json.dumps({"clicks": 0, "views": 2, "replies": int(answered)}),
         "cadence": None if pd.isna(campaign) else _related("cadences", names[campaign])}
        for touch, person, sent, answered, campaign in zip(
            touches["touch_id"], people, touches["sent_at"], answers, touches["campaign"], strict=True)
    ]
    known = pd.DataFrame({"id": people, "account_id": touches["account_id"], "last_replied_at": touches["replied_at"]})
    persons = known.groupby("id", sort=False).agg({"account_id": "first", "last_replied_at": "max"}).reset_index()
    rows = accounts.to_dict("records")
    crm = {row["account_id"]: n % 3 == 0 or row["domain"] in shared for n, row in enumerate(rows)}
    bare = {row["account_id"]: n % 3 == 1 and not crm[row["account_id"]] for n, row in enumerate(rows)}
    domain = dict(zip(accounts["account_id"], accounts["domain"], strict=True))
    return {
        "emails": pd.DataFrame([*emails, *_decoys(emails[0], touches["sent_at"].max())]),
        "people": pd.DataFrame({
            "id": persons["id"], "last_replied_at": persons["last_replied_at"],
            "account": [None if bare[a] else _related("accounts", f"acc {a}") for a in persons["account_id"]],
            "email_address": [f"ada@{domain[a] if bare[a] else 'outlook.com'}" for a in persons["account_id"]],
        }),
        "accounts": pd.DataFrame({
            "id": "acc " + accounts["account_id"],
            "crm_id": [a if crm[a] else None for a in accounts["account_id"]],
            "domain": [None if crm[a] else f"www.{domain[a].upper()}" for a in accounts["account_id"]],
        }),
        "cadences": pd.DataFrame({"id": list(names.values()), "name": list(names)}),
    }


def _related(kind: str, name: Any) -> str:
    return json.dumps({"_href": f"https://api.salesloft.com/v2/{kind}/{name}", "id": name})


def _decoys(email: dict[str, Any], last: pd.Timestamp) -> list[dict[str, Any]]:
    answered = json.dumps({"replies": 1})
    stranger = {**email, "recipient": _related("people", "nobody"), "recipient_email_address": "a@nowhere.example"}
    return [
        {**email, "id": "bounced", "bounced": True},
        {**email, "id": "pending", "sent_at": pd.NaT, "status": "pending"},
        {**stranger, "id": "nobody's"},
        # answered after the person's last reply: by nobody that is known
        {**email, "id": "undated", "sent_at": last, "counts": answered},
    ]


SET_ASIDE = {"bounced": 1, "not sent": 1, "person without account": 1, "answered, nobody knows when": 1}
"""How many decoys there are by the reason for which they do not count."""
