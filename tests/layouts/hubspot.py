"""Our tables as HubSpot keeps them and Fivetran writes them, with the rows that a count must not take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from layouts.hubspot_activity import calls, emails, feedback, tickets
from layouts.hubspot_ids import CONTACT_OF, DECOY, hub, hubs

Frames = dict[str, pd.DataFrame]

UNDERSTOOD, ADVANCED, WON, LOST, STALLED = "1001", "1002", "closedwon", "closedlost", "1003"
LABELS = {
    "appointmentscheduled": "Appointment Scheduled",
    UNDERSTOOD: "Value Validated",
    ADVANCED: "Proposal Sent",
    WON: "Closed Won",
    LOST: "Closed Lost",
    STALLED: "Closed, No Decision",
}
SAYS_SO = ("no budget", "not a priority")
"""Reasons that the usual words tell to be no decision; the others are told by the stage."""



def fivetran(ours: Mapping[str, pd.DataFrame]) -> Frames:
    """The rows of ours that are used, as Fivetran writes HubSpot: one table an object and one an association."""
    accounts, deals = ours["accounts"].reset_index(drop=True), ours["opportunities"].reset_index(drop=True)
    frames = {
        **_companies(accounts, ours["referrals"]),
        **_deals(deals),
        **emails(ours["touches"].reset_index(drop=True)),
        **calls(ours["calls"].reset_index(drop=True)),
        **tickets(ours["tickets"].reset_index(drop=True)),
        **feedback(ours["nps_responses"].reset_index(drop=True)),
        "owner": _owners(pd.concat([deals["owner"], accounts["owner"]])),
    }
    # a call is an engagement as an e-mail is
    linked = [frames["engagement_company"], frames.pop("call_company")]
    frames["engagement_company"] = pd.concat(linked, ignore_index=True)
    frames["contact"] = _contacts(accounts, deals, ours["nps_responses"])
    return frames


def _companies(accounts: pd.DataFrame, referrals: pd.DataFrame) -> Frames:
    """Companies, of which one is deleted and one was merged into another; referrers by id, domain or name."""
    by = referrals.set_index("referred_account_id")
    known = accounts.set_index("account_id")
    said = []
    for n, account in enumerate(accounts["account_id"]):
        who = by["referrer_account_id"].get(account)
        said.append(None if who is None else [str(hub(who)), known["domain"][who], known["name"][who]][n % 3])
    frame = pd.DataFrame(
        {
            "id": hubs(accounts["account_id"]),
            "is_deleted": False,
            "_fivetran_synced": pd.Timestamp("2026-11-15 03:00"),
            "property_name": accounts["name"],
            "property_domain": accounts["domain"],
            "property_createdate": accounts["created_on"],
            "property_hs_parent_company_id": hubs(accounts["parent_account_id"]),
            "property_lead_source": accounts["lead_source"],
            "property_hubspot_owner_id": _owner_ids(accounts["owner"]),
            "property_industry": accounts["industry"],
            "property_numberofemployees": accounts["employees"],
            "property_country": accounts["country"],
            "property_region": accounts["region"],
            "property_marketing_tool": accounts["marketing_tool"],
            "property_referring_company": said,
            "property_referral_date": [by["referred_at"].get(a, pd.NaT) for a in accounts["account_id"]],
            "property_hs_merged_object_ids": None,
        }
    )
    frame.loc[3, "property_hs_merged_object_ids"] = f"{DECOY + 7};{DECOY + 1}"
    gone = frame.head(2).assign(id=[DECOY, DECOY + 1], is_deleted=[True, False], property_hs_merged_object_ids=None,
                                property_referring_company=None)
    return {"company": pd.concat([frame, gone], ignore_index=True)}


def _owner_ids(names: pd.Series) -> pd.Series:
    return pd.Series([pd.NA if pd.isna(n) else sum(map(ord, n)) for n in names], dtype="Int64")


def _owners(names: pd.Series) -> pd.DataFrame:
    everyone = pd.Series(sorted(names.dropna().unique()))
    first, last = _halves(everyone, " ")
    return pd.DataFrame({"owner_id": _owner_ids(everyone), "first_name": first, "last_name": last,
                         "email": last.str.lower() + "@ours.example"})


def _contacts(accounts: pd.DataFrame, deals: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Whom to call at each company, the champions of deals and who else was there, and who answered surveys."""
    name, address = _halves(accounts["contact"], ", ")
    first, last = _halves(name, " ")
    whom = pd.DataFrame({"id": hubs(accounts["account_id"]) + CONTACT_OF, "property_firstname": first,
                         "property_lastname": last, "property_email": address,
                         "property_associatedcompanyid": hubs(accounts["account_id"])})
    champions = deals[deals["champion_title"].notna()]
    wanting = pd.DataFrame({"id": _champion(champions["opportunity_id"]),
                            "property_jobtitle": champions["champion_title"].to_numpy(),
                            "property_hs_buying_role": "BUDGET_HOLDER;CHAMPION"})
    people = answers.drop_duplicates("person_id")
    asked = pd.DataFrame({"id": hubs(people["person_id"]),
                          "property_associatedcompanyid": hubs(people["account_id"])})
    frame = pd.concat([whom, wanting, asked], ignore_index=True)
    # a HubSpot property that is a number comes as one with a decimal point
    return frame.assign(property_associatedcompanyid=frame["property_associatedcompanyid"].astype("float64"),
                        _fivetran_deleted=False)


def _halves(column: pd.Series, sign: str) -> tuple[pd.Series, pd.Series]:
    parts = column.str.split(sign, n=1, expand=True)
    return parts[0], parts[1]


def _champion(deal_ids: pd.Series) -> pd.Series:
    return hubs(deal_ids) + 2_000_000_000


def _deals(deals: pd.DataFrame) -> Frames:
    """Deals, their companies (others beside the primary), people, stages and prices; one deleted, one merged."""
    n = np.arange(len(deals))
    ids = hubs(deals["opportunity_id"])
    outcome, reason = deals["outcome"], deals["loss_reason"]
    stage = np.select(
        [outcome == "won", outcome == "lost", (outcome == "no_decision") & reason.isin(SAYS_SO),
         outcome == "no_decision", deals["advanced_at"].notna(), deals["understood_at"].notna()],
        [WON, LOST, LOST, STALLED, ADVANCED, UNDERSTOOD], "appointmentscheduled")
    kind = deals["type"].map({"expansion": "existingbusiness", "renewal": "Renewal"})
    closed = outcome.notna().to_numpy()
    told = n % 2 == 0
    frame = pd.DataFrame(
        {
            "deal_id": ids,
            "is_deleted": False,
            "deal_pipeline_id": "default",
            "deal_pipeline_stage_id": stage,
            "owner_id": _owner_ids(deals["owner"]),
            "property_createdate": deals["created_at"],
            # of an open deal, when it is expected to close
            "property_closedate": deals["closed_at"].where(outcome.notna(), pd.Timestamp("2027-03-01")),
            "property_dealtype": kind.fillna(pd.Series(np.where(told, "newbusiness", None), dtype="object")),
            # half of the deals say themselves what became of them, the others' stage does
            "property_hs_is_closed_won": pd.array(np.where(told, outcome == "won", None), dtype="boolean"),
            "property_hs_is_closed": pd.array(np.where(told, closed, None), dtype="boolean"),
            "property_amount": deals["amount"],
            "property_deal_currency_code": deals["currency"],
            "property_closed_won_reason": deals["win_reason"],
            "property_closed_lost_reason": reason,
            "property_competitor": deals["competitor"],
            "property_custom_work_budget": deals["custom_work_budget"],
            "property_lead_source": deals["lead_source"],
        }
    )
    gone = frame[closed].head(2).assign(deal_id=[DECOY, DECOY + 1], is_deleted=[True, False])
    primary = hubs(deals["account_id"])
    several = pd.DataFrame({"deal_id": ids, "company_id": primary, "type_id": np.where(n % 5 == 0, 341, 5)})
    beside = pd.DataFrame({"deal_id": ids, "company_id": primary.min(), "type_id": 341})[n % 5 == 1]
    lost_ones = pd.DataFrame({"deal_id": gone["deal_id"], "company_id": primary.iloc[0], "type_id": 5})
    return {
        "deal": pd.concat([frame, gone], ignore_index=True),
        "merged_deal": pd.DataFrame({"deal_id": [ids[0]], "merged_deal_id": [DECOY + 1]}),
        "deal_company": pd.concat([beside, several, lost_ones], ignore_index=True).assign(category="HUBSPOT_DEFINED"),
        **_people(deals),
        **_stages(deals, ids, stage),
        **_prices(deals, ids),
    }


def _people(deals: pd.DataFrame) -> Frames:
    """The people of each deal, its champion after others with smaller ids, and since when it has that role."""
    rows, since = [], []
    involved = deals["people_involved"].fillna(0).astype(int)
    champions = _champion(deals["opportunity_id"])
    for deal, count, champion, title, named in zip(hubs(deals["opportunity_id"]), involved, champions,
                                                   deals["champion_title"], deals["champion_named_at"], strict=True):
        has_one = not pd.isna(title)
        others = max(count - has_one, 0)
        rows += [(deal, (deal - 789_000_000) * 10 + k) for k in range(others)]
        if has_one:
            rows.append((deal, champion))
            since.append((champion, named - pd.Timedelta(days=3), "hs_buying_role", "BUDGET_HOLDER"))
            since.append((champion, named, "hs_buying_role", "BUDGET_HOLDER;CHAMPION"))
            since.append((champion, named - pd.Timedelta(days=9), "jobtitle", "Champion of all things"))
    return {
        "deal_contact": pd.DataFrame(rows, columns=["deal_id", "contact_id"]),
        "contact_property_history": pd.DataFrame(since, columns=["contact_id", "timestamp", "name", "value"]),
    }


def _stages(deals: pd.DataFrame, ids: pd.Series, stage: np.ndarray) -> Frames:
    """When each deal entered each stage, some of them twice; of the last third the property history says it."""
    entries = [pd.DataFrame({"deal_id": ids, "value": "appointmentscheduled", "date_entered": deals["created_at"]})]
    for value, at in ((UNDERSTOOD, "understood_at"), (ADVANCED, "advanced_at")):
        entries.append(pd.DataFrame({"deal_id": ids, "value": value, "date_entered": deals[at]}))
        again = pd.DataFrame({"deal_id": ids, "value": value, "date_entered": deals[at] + pd.Timedelta(days=2)})
        entries.append(again[np.arange(len(ids)) % 4 == 0])
    entries.append(pd.DataFrame({"deal_id": ids, "value": stage, "date_entered": deals["closed_at"]})[
        deals["outcome"].notna()])
    every = pd.concat(entries, ignore_index=True).dropna(subset="date_entered")
    later = every["deal_id"] > ids.quantile(0.67)
    history = every[later].rename(columns={"date_entered": "timestamp"}).assign(name="dealstage")
    noise = history.head(50).assign(name="amount", timestamp=history["timestamp"].min())
    return {
        "deal_stage": every[~later].assign(_fivetran_active=False),
        "deal_property_history": pd.concat([history, noise], ignore_index=True),
        "deal_pipeline": pd.DataFrame({"pipeline_id": ["default"], "label": ["Sales Pipeline"]}),
        "deal_pipeline_stage": pd.DataFrame(
            {
                "stage_id": list(LABELS),
                "label": list(LABELS.values()),
                "pipeline_id": "default",
                "closed_won": [s == WON for s in LABELS],
                "is_closed": [s in (WON, LOST, STALLED) for s in LABELS],
                "probability": [1.0 if s == WON else 0.0 if s in (LOST, STALLED) else 0.4 for s in LABELS],
            }
        ),
    }


def _prices(deals: pd.DataFrame, ids: pd.Series) -> Frames:
    """Two lines a deal: one by percent, one by an amount a piece, which together give what was charged."""
    known = deals["list_amount"].notna() & deals["amount"].notna()
    listed, charged = deals.loc[known, "list_amount"], deals.loc[known, "amount"]
    by_percent = pd.DataFrame({"property_quantity": 1, "property_price": listed / 2,
                               "property_hs_discount_percentage": 100 * (1 - charged / listed)})
    by_amount = pd.DataFrame({"property_quantity": 4, "property_price": listed / 8,
                              "property_discount": (listed - charged) / 8})
    lines = pd.concat([by_percent, by_amount], ignore_index=True)
    lines.insert(0, "id", np.arange(len(lines)) + 1)
    of = pd.concat([ids[known]] * 2).to_numpy()
    return {"line_item": lines, "line_item_deal": pd.DataFrame({"line_item_id": lines["id"], "deal_id": of})}
