"""Our tables as Salesforce keeps them and Fivetran or Airbyte writes them, with the rows that a count must not take.

What Salesforce cannot say: answers to the 0-10 question and use of the product have no object of it, and are not
connected. A task is an e-mail or a call: touches of another channel are written as members of a campaign, and those
answered on the day they were sent, which a member that was approached cannot be, as e-mails.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from layouts.salesforce_activity import cases, contact_of, events, touches

Frames = dict[str, pd.DataFrame]

OPEN, UNDERSTOOD, ADVANCED = "Qualification", "Value Confirmed", "Negotiation/Review"
WON, LOST, STALLED = "Closed Won", "Closed Lost", "Closed - No Decision"
WORDS = {"understood_stages": ["value confirmed"], "advanced_stages": ["Negotiation/Review"]}
"""What gtm.toml says of the stages."""
SAYS_SO = ("no budget", "not a priority")
"""Reasons that the usual words tell to be no decision; of the others the stage tells it."""

ASIDE = {
    "accounts": {"older version": 2, "deleted in Salesforce": 1, "merged into another account": 1},
    "opportunities": {"older version": 2, "deleted in Salesforce": 1},
    "touches": {"task of another kind": 3, "not done": 4, "deleted in Salesforce": 3, "pattern of a series": 3,
                "bounced": 4, "support e-mail": 3, "not sent": 1, "answered, nobody knows when": 1,
                "lead without account": 1, "task without account": 1},
    "calls": {"child of a group event": 40, "pattern of a series": 1, "all-day event": 1, "not held": 3,
              "event without account": 1, "deleted in Salesforce": 1, "in the future of the load": 1,
              "call not done": 1},
    "tickets": {"deleted in Salesforce": 1, "case without account": 1},
    "subscriptions": {"contract not activated": 1, "deleted in Salesforce": 1},
}
"""How many decoys there are, by table and by the reason for which they do not count."""


def fivetran(ours: Mapping[str, pd.DataFrame]) -> Frames:
    """The rows of ours that are used, as Fivetran writes Salesforce's objects."""
    plain = {name: frame.reset_index(drop=True) for name, frame in ours.items()}
    accounts, deals = plain["accounts"], plain["opportunities"]
    outreach = touches(plain["touches"], accounts)
    meetings, logged = events(plain["calls"])
    return {
        "account": _accounts(accounts),
        "contact": pd.concat([_whom(accounts), _champions(deals)], ignore_index=True),
        "user": _users(pd.concat([accounts["owner"], deals["owner"]])),
        **_deals(deals),
        **outreach,
        "task": pd.concat([outreach["task"], logged], ignore_index=True),
        "lead": pd.concat([outreach["lead"], _referrals(accounts, plain["referrals"])], ignore_index=True),
        "event": meetings,
        "case": cases(plain["tickets"]),
        "contract": _contracts(plain["subscriptions"]),
    }


def airbyte(frames: Mapping[str, pd.DataFrame]) -> Frames:
    """The same under the names of Salesforce's own interface, as Airbyte keeps them; every version is a row."""
    found = {}
    for name, frame in frames.items():
        old = frame["_fivetran_active"].eq(False) if "_fivetran_active" in frame else pd.Series(False, frame.index)
        deleted = frame.get("is_deleted", pd.Series(False, frame.index)).fillna(False).astype("bool")
        removed = frame.get("_fivetran_deleted", pd.Series(False, frame.index)).fillna(False).astype("bool")
        stamp = pd.Series(pd.Timestamp("2026-11-14 03:00"), frame.index).mask(old, pd.Timestamp("2026-01-05 03:00"))
        kept = frame[[c for c in frame if not c.startswith("_fivetran") and c != "system_modstamp"]]
        kept = kept.assign(is_deleted=deleted | removed, system_modstamp=stamp)
        found[_api(name)] = kept.rename(columns=_api).assign(_airbyte_raw_id="x", _airbyte_meta="{}")
    return found


def _api(name: str) -> str:
    """stage_name -> StageName, region_c -> Region__c."""
    custom = name.endswith("_c")
    words = name.removesuffix("_c").split("_")
    return "".join(word.capitalize() for word in words) + "__c" * custom


def _accounts(accounts: pd.DataFrame) -> pd.DataFrame:
    """Accounts, of which one is deleted, one was merged into another, and two were different before."""
    site = accounts["domain"].where(accounts.index % 3 > 0, "https://www." + accounts["domain"].str.title() + "/en")
    frame = pd.DataFrame(
        {
            "id": accounts["account_id"],
            "name": accounts["name"],
            "created_date": accounts["created_on"],
            "website": site,
            "parent_id": accounts["parent_account_id"],
            "account_source": accounts["lead_source"],
            "owner_id": _user_ids(accounts["owner"]),
            "industry": accounts["industry"],
            "number_of_employees": accounts["employees"],
            "billing_country": accounts["country"],
            "region_c": accounts["region"],
            "marketing_tool_c": accounts["marketing_tool"],
            "description": "as long as you like",
            "master_record_id": None,
            "is_deleted": False,
            "_fivetran_active": True,
        }
    )
    gone = frame.head(2).assign(id=["gone", "merged"], is_deleted=True, master_record_id=[None, frame["id"][2]])
    before = frame.iloc[3:5].assign(industry="Other", created_date=pd.Timestamp("2020-01-01"), _fivetran_active=False)
    return pd.concat([frame, gone, before], ignore_index=True)


def _user_ids(names: pd.Series) -> pd.Series:
    return pd.Series([None if pd.isna(name) else f"005{name}" for name in names], index=names.index, dtype="object")


def _users(names: pd.Series) -> pd.DataFrame:
    everyone = pd.Series(sorted(names.dropna().unique()))
    return pd.DataFrame({"id": _user_ids(everyone), "name": everyone, "is_active": True})


def _whom(accounts: pd.DataFrame) -> pd.DataFrame:
    """Whom to call at each account, heard of later than a colleague; nobody's name is known where ours has none."""
    halves = accounts["contact"].str.split(", ", n=1, expand=True)
    frame = pd.DataFrame({"id": contact_of(accounts["account_id"]), "account_id": accounts["account_id"],
                          "name": halves[0], "email": halves[1], "last_activity_date": pd.Timestamp("2026-11-01")})
    known = frame[frame["name"].notna()]
    colleague = known.assign(id=known["id"] + "-2", name="A Colleague", last_activity_date=pd.NaT)
    left = known.head(5).assign(id=known["id"] + "-3", name="Has Left", last_activity_date=pd.Timestamp("2026-11-10"),
                                is_deleted=True)
    return pd.concat([frame, colleague, left], ignore_index=True)


def _champions(deals: pd.DataFrame) -> pd.DataFrame:
    wanting = deals[deals["champion_title"].notna()]
    return pd.DataFrame({"id": _champion(wanting), "title": wanting["champion_title"]})


def _champion(deals: pd.DataFrame) -> pd.Series:
    return "003-champion-" + deals["opportunity_id"]


def _referrals(accounts: pd.DataFrame, referrals: pd.DataFrame) -> pd.DataFrame:
    """Referrals as leads that were converted; who referred is named by account, by person or by name."""
    names = accounts.set_index("account_id")["name"]
    alone = ~names.duplicated(keep=False)
    said = []
    for n, who in enumerate(referrals["referrer_account_id"]):
        ways = [who, f"003-{who}", names[who] if alone[who] else who]
        said.append(ways[n % 3])
    return pd.DataFrame({"id": "00Q-referral-" + referrals.index.astype("str"), "referring_account_c": said,
                         "converted_account_id": referrals["referred_account_id"], "is_converted": True,
                         "lead_source": "Customer Referral", "created_date": referrals["referred_at"]})


def _deals(deals: pd.DataFrame) -> Frames:
    """Deals, their stages, rivals, people, prices and kinds; one is deleted, two were different before."""
    n = np.arange(len(deals))
    outcome, reason = deals["outcome"], deals["loss_reason"]
    stage = np.select(
        [outcome == "won", outcome == "lost", (outcome == "no_decision") & reason.isin(SAYS_SO),
         outcome == "no_decision", deals["advanced_at"].notna(), deals["understood_at"].notna()],
        [WON, LOST, LOST, STALLED, ADVANCED, UNDERSTOOD], OPEN)
    kind = deals["type"].map({"expansion": "Existing Customer - Upgrade", "new": "New Customer"})
    told, closed = n % 2 == 0, outcome.notna().to_numpy()
    frame = pd.DataFrame(
        {
            "id": deals["opportunity_id"],
            "account_id": deals["account_id"],
            "created_date": deals["created_at"],
            # of an open deal, when it is expected to close
            "close_date": deals["closed_at"].where(closed, pd.Timestamp("2027-03-01")),
            "stage_name": stage,
            "is_closed": closed,
            "is_won": (outcome == "won").fillna(False),
            "type": kind.where(deals["type"] != "renewal", np.where(told, "Renewal", "Existing Business")),
            "record_type_id": np.where(deals["type"] == "renewal", "012-renewal", "012-sale"),
            "amount": deals["amount"],
            "currency_iso_code": deals["currency"],
            "lead_source": deals["lead_source"],
            "owner_id": _user_ids(deals["owner"]),
            "lost_reason_c": reason,
            "win_reason_c": deals["win_reason"],
            "competitors_c": (deals["competitor"] + ";Another").where(told),
            "custom_work_budget_c": deals["custom_work_budget"],
            "is_deleted": False,
            "_fivetran_active": True,
        }
    )
    gone = frame[closed].head(1).assign(id="gone", is_deleted=True)
    before = frame[closed].iloc[1:3].assign(is_closed=False, stage_name="No Decision", type="Renewal",
                                            _fivetran_active=False)
    rivals = deals[~told & deals["competitor"].notna().to_numpy()]
    first = pd.DataFrame({"opportunity_id": rivals["opportunity_id"], "competitor_name": rivals["competitor"],
                          "created_date": rivals["created_at"]})
    later = first.assign(competitor_name="Another", created_date=first["created_date"] + pd.Timedelta(days=1))
    struck = first.assign(competitor_name="A Mistake", created_date=pd.Timestamp("2020-01-01"), is_deleted=True)
    return {
        "opportunity": pd.concat([frame, gone, before], ignore_index=True),
        "record_type": pd.DataFrame({"id": ["012-renewal", "012-sale"], "name": ["Renewals", "Sales"]}),
        "opportunity_competitor": pd.concat([later, first.assign(is_deleted=False), struck], ignore_index=True),
        "opportunity_contact_role": _roles(deals),
        "opportunity_line_item": _lines(deals),
        **_stages(deals, stage),
    }


def _stages(deals: pd.DataFrame, stage: np.ndarray) -> Frames:
    """When each deal entered each stage, some twice; of every third the history of fields says it."""
    entries = []
    for name, at in ((OPEN, "created_at"), (UNDERSTOOD, "understood_at"), (ADVANCED, "advanced_at")):
        entries.append(pd.DataFrame({"opportunity_id": deals["opportunity_id"], "stage_name": name,
                                     "created_date": deals[at]}))
        again = entries[-1].assign(created_date=deals[at] + pd.Timedelta(days=2))
        entries.append(again[deals.index % 4 == 0])
    entries.append(pd.DataFrame({"opportunity_id": deals["opportunity_id"], "stage_name": stage,
                                 "created_date": deals["closed_at"]})[deals["outcome"].notna()])
    every = pd.concat(entries).dropna(subset="created_date")
    by_field = every.index % 3 == 0
    history = every[~by_field].reset_index(drop=True)
    history.insert(0, "id", "008-" + history.index.astype("str"))
    fields = every[by_field].reset_index(drop=True).rename(columns={"stage_name": "new_value"})
    amounts = fields.head(9).assign(field="Amount", new_value=UNDERSTOOD, created_date=pd.Timestamp("2020-01-01"))
    return {
        "opportunity_history": history,
        "opportunity_field_history": pd.concat([fields.assign(field="StageName"), amounts], ignore_index=True),
    }


def _roles(deals: pd.DataFrame) -> pd.DataFrame:
    """Who takes part: the champion by role or as the primary contact, the others, and one who does no longer."""
    rows = []
    counts = deals["people_involved"].fillna(0).astype("int")
    for n, (deal, count, title, named) in enumerate(zip(deals["opportunity_id"], counts, deals["champion_title"],
                                                        deals["champion_named_at"], strict=True)):
        has_one = not pd.isna(title)
        rows += [(deal, f"003-{deal}-{k}", "Influencer", False, pd.Timestamp("2020-01-01"), False)
                 for k in range(count - has_one)]
        if has_one:
            role = "Executive Sponsor" if n % 3 else None
            rows.append((deal, f"003-champion-{deal}", role, role is None, named, False))
            rows.append((deal, f"003-{deal}-left", "Champion", True, pd.Timestamp("2020-01-01"), True))
    columns = ["opportunity_id", "contact_id", "role", "is_primary", "created_date", "is_deleted"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "id", "00K-" + frame.index.astype("str"))
    return frame


def _lines(deals: pd.DataFrame) -> pd.DataFrame:
    """Two lines a deal, one by a lower price and one by percent, and one that was struck out."""
    known = deals["list_amount"].notna() & deals["amount"].notna()
    listed, charged = deals.loc[known, "list_amount"], deals.loc[known, "amount"]
    deal = deals.loc[known, "opportunity_id"]
    cheaper = pd.DataFrame({"opportunity_id": deal, "quantity": 4, "list_price": listed / 8, "unit_price": charged / 8,
                            "total_price": charged / 2, "discount": None})
    percent = pd.DataFrame({"opportunity_id": deal, "quantity": 1, "list_price": listed / 2, "unit_price": listed / 2,
                            "total_price": None, "discount": 100 * (1 - charged / listed)})
    struck = cheaper.head(20).assign(list_price=9e9, is_deleted=True)
    frame = pd.concat([cheaper, percent, struck], ignore_index=True)
    frame.insert(0, "id", "00k-" + frame.index.astype("str"))
    return frame


def _contracts(paid: pd.DataFrame) -> pd.DataFrame:
    """Contracts by their last day, revenue a month or a year; one is a draft and one deleted."""
    n = np.arange(len(paid))
    frame = pd.DataFrame(
        {
            "id": paid["subscription_id"],
            "account_id": paid["account_id"],
            "status": "Activated",
            "start_date": paid["started_on"],
            "end_date": paid["ended_on"] - pd.Timedelta(days=1),
            "mrr_c": paid["mrr"].where(n % 2 == 0),
            "arr_c": (12 * paid["mrr"]).where(n % 3 > 0),
            "currency_iso_code": paid["currency"],
            "churn_reason_c": paid["end_reason"],
            "is_deleted": False,
        }
    )
    frame["arr_c"] = frame["arr_c"].where(frame["mrr_c"].notna(), 12 * paid["mrr"])
    more = frame.head(2).assign(id=["draft", "gone"], status=["Draft", "Activated"], is_deleted=[False, True])
    return pd.concat([frame, more], ignore_index=True)
