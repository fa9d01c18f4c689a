"""What Fivetran writes of HubSpot, as Airbyte writes it."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from layouts.hubspot import LOST, STALLED, WON

Frames = dict[str, pd.DataFrame]


def airbyte(hubspot: Frames) -> Frames:
    """What `fivetran` wrote, as Airbyte does: lists of ids in the object, instants as text, no labels of stages.

    The properties of contacts and calls lie in one JSON object, those of the others in columns.
    """
    deals, entries = hubspot["deal"], hubspot["deal_stage"].rename(columns={"date_entered": "timestamp"})
    history = hubspot["deal_property_history"]
    won, closed = deals["deal_pipeline_stage_id"] == WON, deals["deal_pipeline_stage_id"].isin([WON, LOST, STALLED])
    ours = hubspot["deal_company"]
    primary = ours[ours["type_id"] == 5].drop_duplicates("deal_id").set_index("deal_id")["company_id"]
    merged = hubspot["merged_deal"].set_index("deal_id")["merged_deal_id"]
    object_of = deals.rename(columns={"deal_id": "id", "deal_pipeline_stage_id": "property_dealstage",
                                      "deal_pipeline_id": "property_pipeline",
                                      "owner_id": "property_hubspot_owner_id"}).assign(
        property_hs_is_closed_won=won.to_numpy(), property_hs_is_closed=closed.to_numpy(),
        property_hs_primary_associated_company=deals["deal_id"].map(primary),
        property_hs_merged_object_ids=deals["deal_id"].map(merged))
    asked = hubspot["ticket_company"].query("type_id == 26").drop_duplicates("ticket_id").set_index("ticket_id")
    tickets = hubspot["ticket"].assign(property_hs_primary_company_id=hubspot["ticket"]["id"].map(asked["company_id"]))
    emails = hubspot["engagement_email"].rename(columns={"engagement_id": "id"})
    gone = emails.loc[emails["_fivetran_deleted"], ["id"]]
    frames = {
        "companies": _flat(hubspot["company"]),
        "contacts": _nested(hubspot["contact"].drop(columns="_fivetran_deleted")),
        "contacts_property_history": hubspot["contact_property_history"].rename(
            columns={"contact_id": "vid", "name": "property"}),
        "deals": _listing(
            _flat(object_of), companies=ours.rename(columns={"deal_id": "id", "company_id": "with"}),
            contacts=hubspot["deal_contact"].rename(columns={"deal_id": "id", "contact_id": "with"}),
            line_items=hubspot["line_item_deal"].rename(columns={"deal_id": "id", "line_item_id": "with"})),
        "deals_property_history": pd.concat([entries.assign(property="dealstage"), history.rename(
            columns={"name": "property"})]).rename(columns={"deal_id": "dealId"})[
                ["dealId", "property", "value", "timestamp"]],
        "line_items": _flat(hubspot["line_item"]),
        "owners": hubspot["owner"].rename(columns={"owner_id": "id", "first_name": "firstName",
                                                   "last_name": "lastName"}),
        "engagements_emails": _listing(_flat(emails.drop(columns="_fivetran_deleted")), **_links(hubspot)),
        "engagements_emails_archived": gone,
        "tickets": _flat(tickets),
        "feedback_submissions": _listing(
            _flat(hubspot["feedback_submission"].drop(columns="property_hs_contact_id")),
            contacts=hubspot["feedback_submission"].rename(columns={"property_hs_contact_id": "with"})[["id", "with"]]),
    }
    for kind in ("meeting", "call"):
        talks = hubspot[f"engagement_{kind}"].rename(columns={"engagement_id": "id", "_fivetran_deleted": "archived"})
        frames[f"engagements_{kind}s"] = _listing(_nested(talks), **_links(hubspot))
    return {name: _text(frame) for name, frame in frames.items()}


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Airbyte's names of Fivetran's columns."""
    plain = frame.rename(columns={"is_deleted": "archived", "_fivetran_deleted": "archived"})
    return plain.rename(columns=lambda name: name.replace("property_", "properties_", 1))


def _nested(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of properties as one of JSON."""
    names = [name for name in frame if name.startswith("property_")]
    text = _text(frame[names]).astype("object")
    plain = [name.removeprefix("property_") for name in names]
    rows = [{name: value for name, value in zip(plain, row, strict=True) if not pd.isna(value)}
            for row in text.itertuples(index=False)]
    return frame.drop(columns=names).assign(properties=[json.dumps(row) for row in rows])


def _links(hubspot: Frames) -> dict[str, pd.DataFrame]:
    """What an engagement is linked to, by the list that holds it."""
    kinds = {"companies": "company", "contacts": "contact", "deals": "deal"}
    return {lists: hubspot[f"engagement_{kind}"].rename(columns={"engagement_id": "id", f"{kind}_id": "with"})
            for lists, kind in kinds.items()}


def _listing(frame: pd.DataFrame, **links: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column of JSON lists of ids for each kind of link."""
    for name, pairs in links.items():
        lists = pairs.groupby("id")["with"].agg(lambda ids: json.dumps([str(i) for i in ids]))
        frame = frame.assign(**{name: frame["id"].map(lists)})
    return frame


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column as the API's text: whole numbers without a point, instants with a Z."""
    def said(column: pd.Series) -> Any:
        if pd.api.types.is_datetime64_any_dtype(column):
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if pd.api.types.is_bool_dtype(column):
            return column.astype("string").str.lower()
        if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
            return column.astype("Int64").astype("string")
        return column.astype("string")

    return frame.apply(said)
