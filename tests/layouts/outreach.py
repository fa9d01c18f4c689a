"""The demo's outreach by e-mail as Fivetran and Airbyte write Outreach's, e-mail by e-mail.

Names of relations and columns as in Fivetran's tables and in the schemas of Airbyte's Outreach connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]


def written(company: Frames) -> dict[str, pd.DataFrame]:
    """Fivetran's relations from the rows of accounts and outbound touches that are used."""
    accounts, touches = company["accounts"], company["touches"]
    shared = accounts["domain"].duplicated(keep=False)
    number = pd.Series(range(1, len(accounts) + 1), index=accounts["account_id"])
    # by the CRM's id, by the connection to the CRM, by the company's domain, by the prospect's address
    way = pd.Series(number.to_numpy() % 4, index=number.index).where(~shared.to_numpy(), 0)
    names = {name: n for n, name in enumerate(sorted(touches["campaign"].dropna().unique()), 1)}
    mailing = pd.DataFrame({
        "id": touches["touch_id"],
        "relationship_prospect_id": touches["account_id"].map(number),
        "relationship_sequence_id": touches["campaign"].map(names).astype("Int64"),
        "state": touches["replied_at"].notna().map({True: "replied", False: "delivered"}),
        "mailing_type": "sequence",
        "created_at": touches["sent_at"] - timedelta(days=1),
        "delivered_at": touches["sent_at"],
        "replied_at": touches["replied_at"],
        "bounced_at": pd.Series(pd.NaT, index=touches.index, dtype="datetime64[us]"),
        "_fivetran_deleted": False,
    })
    ways = accounts["account_id"].map(way)
    domain = "https://www." + accounts["domain"] + "/about"
    return {
        "mailing": pd.concat([mailing, _decoys(touches["sent_at"].max())], ignore_index=True),
        "prospect": pd.DataFrame({
            "id": [*number, 900_001],
            "relationship_account_id": [*(number.to_numpy() + 10_000), 900_002],
        }),
        "prospect_email": pd.DataFrame({
            "prospect_id": [*number, 900_001],
            "email": [*("Ada@" + accounts["domain"].where(ways == 3, "gmail.com")), "nobody@nowhere.example"],
        }),
        "account": pd.DataFrame({
            "id": number.to_numpy() + 10_000,
            "custom_id": accounts["account_id"].where(ways == 0),
            "domain": domain.where(ways == 2),
        }),
        "data_connection": pd.DataFrame({
            "parent_id": number.to_numpy() + 10_000, "parent_type": "account", "type": "Account",
            "id": accounts["account_id"],
        })[(ways == 1).to_numpy()],
        "sequence": pd.DataFrame({"id": list(names.values()), "name": list(names)}),
    }


def _decoys(last: pd.Timestamp) -> pd.DataFrame:
    row = {"relationship_prospect_id": 1, "created_at": last, "delivered_at": last, "replied_at": last,
           "state": "replied", "_fivetran_deleted": False}
    return pd.DataFrame([
        {**row, "id": "bounced", "bounced_at": last, "state": "bounced"},
        {**row, "id": "bounced too", "state": "bounced"},
        {**row, "id": "scheduled", "delivered_at": None, "state": "scheduled"},
        {**row, "id": "deleted", "_fivetran_deleted": True},
        {**row, "id": "nobody's", "relationship_prospect_id": 900_001},
    ]).astype({"delivered_at": "datetime64[us]", "bounced_at": "datetime64[us]"})


SET_ASIDE = {"bounced": 2, "not delivered": 1, "deleted in Outreach": 1, "prospect without account": 1}
"""How many decoys there are by the reason for which they do not count."""


def by_airbyte(company: Frames) -> dict[str, pd.DataFrame]:
    """The same as Airbyte writes it: names as in the API, what is related as an id or a list of ids."""
    fivetran = written(company)
    mailing, prospect = fivetran["mailing"], fivetran["prospect"]
    addresses = fivetran["prospect_email"]["email"]
    known = dict(zip(fivetran["data_connection"]["parent_id"], fivetran["data_connection"]["id"], strict=True))
    account = fivetran["account"]
    return {
        "mailings": pd.DataFrame({
            "id": mailing["id"],
            "prospect": mailing["relationship_prospect_id"].map("[{}]".format),
            "sequence": mailing["relationship_sequence_id"].map("{:.0f}".format, na_action="ignore"),
            "state": mailing["state"], "createdAt": mailing["created_at"], "deliveredAt": mailing["delivered_at"],
            "repliedAt": mailing["replied_at"], "bouncedAt": mailing["bounced_at"],
        })[mailing["_fivetran_deleted"].ne(True).to_numpy()],
        "prospects": pd.DataFrame({
            "id": prospect["id"], "account": prospect["relationship_account_id"].map("[{}]".format),
            "emails": addresses.map('["{}", "other@elsewhere.example"]'.format),
        }),
        "accounts": pd.DataFrame({
            "id": account["id"], "customId": account["custom_id"].fillna(account["id"].map(known)),
            "domain": account["domain"],
        }),
        "sequences": fivetran["sequence"],
    }


def by_sequence(company: Frames) -> dict[str, pd.DataFrame]:
    """What Fivetran keeps where mailings are not synced: a row for each prospect in a sequence."""
    fivetran = written(company)
    mailing = fivetran.pop("mailing")
    state = pd.DataFrame({
        "id": mailing["id"], "relationship_prospect_id": mailing["relationship_prospect_id"],
        "relationship_account_id": mailing["relationship_prospect_id"].map(lambda n: n + 10_000 if n < 900_000 else 0),
        "relationship_sequence_id": mailing["relationship_sequence_id"],
        "created_at": mailing["created_at"], "active_at": mailing["created_at"] + timedelta(days=1),
        "replied_at": mailing["replied_at"], "state": "finished",
        "deliver_count": mailing["delivered_at"].notna().astype("int64"),
        "bounce_count": mailing["state"].eq("bounced").astype("int64"),
        "reply_count": mailing["replied_at"].notna().astype("int64"),
        "_fivetran_deleted": mailing["_fivetran_deleted"],
    })
    return {**fivetran, "sequence_state": state}
