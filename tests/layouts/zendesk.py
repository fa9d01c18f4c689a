"""The demo's tickets as Fivetran writes Zendesk's: by organization, by its domains, by who asked.

Names of relations and columns as in the public staging models of Fivetran's Zendesk package.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

Frames = Mapping[str, pd.DataFrame]


def written(company: Frames) -> dict[str, pd.DataFrame]:
    """The layout's relations from the rows of accounts and tickets that are used."""
    accounts, tickets = company["accounts"], company["tickets"]
    shared = accounts["domain"].duplicated(keep=False)
    number = pd.Series(range(1, len(accounts) + 1), index=accounts["account_id"])
    way = pd.Series(number.to_numpy() % 3, index=number.index).where(~shared.to_numpy(), 0)
    ways, numbers = accounts["account_id"].map(way), number.to_numpy()
    mine = tickets["account_id"]
    ended = tickets["closed_at"].notna()
    ticket = pd.DataFrame({
        "id": tickets["ticket_id"],
        "organization_id": mine.map(number).where(mine.map(way) == 0).astype("Int64"),
        "requester_id": mine.map(number) + 50_000,
        "status": ended.map({True: "closed", False: "open"}),
        "created_at": tickets["opened_at"], "_fivetran_deleted": False,
    })
    last = tickets["opened_at"].max()
    decoys = pd.DataFrame([
        {"id": "deleted", "requester_id": 50_001, "status": "deleted"},
        {"id": "removed", "requester_id": 50_001, "status": "open", "_fivetran_deleted": True},
        {"id": "nobody's", "requester_id": 1, "status": "open"},
    ]).assign(created_at=last)
    history = pd.DataFrame({"ticket_id": tickets["ticket_id"], "updated": tickets["closed_at"]})[ended.to_numpy()]
    return {
        "ticket": pd.concat([ticket, decoys], ignore_index=True),
        "organization": pd.DataFrame({
            "id": numbers, "name": accounts["name"], "external_id": accounts["account_id"].where(ways == 0),
        }),
        "domain_name": pd.DataFrame({
            "organization_id": numbers, "domain_name": accounts["domain"].str.title(), "index": 0,
        })[(ways == 1).to_numpy()],
        "user": pd.DataFrame({
            "id": numbers + 50_000, "role": "end-user",
            "organization_id": pd.Series(numbers).where((ways == 1).to_numpy()).astype("Int64"),
            "email": "ops@" + accounts["domain"].where(ways == 2, "gmail.com"),
        }),
        "ticket_field_history": pd.concat([
            history.assign(field_name="status", value="open", updated=history["updated"] - pd.Timedelta(hours=1)),
            history.assign(field_name="status", value="solved"),
            history.assign(field_name="status", value="closed", updated=history["updated"] + pd.Timedelta(days=4)),
            history.assign(field_name="priority", value="solved", updated=history["updated"] + pd.Timedelta(days=9)),
        ], ignore_index=True),
    }


SET_ASIDE = {"deleted in Zendesk": 2, "requester without account": 1}
"""How many decoys there are by the reason for which they do not count."""
