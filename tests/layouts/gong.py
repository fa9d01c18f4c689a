"""The demo's calls as Fivetran writes Gong's: what they were about in their context, what was said in trackers.

Names of relations and columns as in Fivetran's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

Frames = Mapping[str, pd.DataFrame]

TRACKER = "Value understood"
"""The tracker that the company says means understanding."""


def written(company: Frames) -> dict[str, pd.DataFrame]:
    """The layout's relations from the rows of calls that are used and say whether they brought understanding."""
    calls = company["calls"]
    calls = calls[calls["understood"].notna()]
    call = pd.DataFrame({
        "id": calls["call_id"], "workspace_id": "w", "title": "Demo", "started": calls["held_at"],
        "scheduled": calls["held_at"] - timedelta(minutes=2), "duration": (calls["minutes"] * 60).astype("Int64"),
        "direction": "Conference", "scope": "External", "sdr_disposition": None, "is_private": False,
    })
    return {
        "call": pd.concat([call, _decoys(calls["held_at"].max())], ignore_index=True),
        "call_context_integration": pd.DataFrame(_context(calls)),
        "call_tracker": pd.DataFrame([
            {"_fivetran_id": f"{n}", "call_id": name, "name": said, "type": "KEYWORD"}
            for n, (name, understood) in enumerate(zip(calls["call_id"], calls["understood"], strict=True))
            for said in ([TRACKER.upper(), TRACKER, "Pricing"] if understood else ["Competitors"])
        ]),
    }


def _context(calls: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every field of every object, as Gong keeps them: several a call."""
    found: list[dict[str, Any]] = []
    for n, (call, account, deal) in enumerate(
            zip(calls["call_id"], calls["account_id"], calls["opportunity_id"], strict=True)):
        objects = [("Opportunity", deal)] if n % 3 == 0 else [("Opportunity", deal), ("Account", account)]
        for kind, name in [*objects, ("Contact", "003")]:
            found += [{"call_id": call, "object_type": kind, "object_id": name, "name": field, "value": "x"}
                      for field in ("Name", "Type")]
    first, account, deal = calls["call_id"].iloc[0], calls["account_id"].iloc[0], calls["opportunity_id"].iloc[0]
    # a partner's account beside the deal changes nothing: the deal says whose call it was
    other = next(a for a in calls["account_id"] if a != account)
    found.append({"call_id": first, "object_type": "Account", "object_id": other, "name": "Name", "value": "x"})
    found += [{"call_id": name, "object_type": "Opportunity", "object_id": deal, "name": "Name", "value": "x"}
              for name in ("internal", "silent", "voicemail")]
    found += [{"call_id": "two companies", "object_type": "Account", "object_id": name, "name": "Name", "value": "x"}
              for name in (account, other)]
    return found


def _decoys(last: pd.Timestamp) -> pd.DataFrame:
    row = {"started": last, "duration": 600, "scope": "External"}
    return pd.DataFrame([
        {**row, "id": "internal", "scope": "Internal"}, {**row, "id": "silent", "duration": 0},
        {**row, "id": "voicemail", "sdr_disposition": "Left Voicemail"}, {**row, "id": "nobody's"},
        {**row, "id": "two companies"},
    ]).astype({"duration": "Int64"})


SET_ASIDE = {"internal call": 1, "not held": 2, "call without account": 1, "call of several accounts": 1}
"""How many decoys there are by the reason for which they do not count."""
