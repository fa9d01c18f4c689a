"""What HubSpot keeps of talking with companies: e-mails, meetings, calls, tickets and surveys, decoys among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from layouts.hubspot_ids import CONTACT_OF, DECOY, hubs

Frames = dict[str, pd.DataFrame]

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"


def emails(touches: pd.DataFrame) -> Frames:
    """E-mails sent and received. An answer is found by its thread, or where there is none by who wrote it."""
    ids, company = hubs(touches["touch_id"]), hubs(touches["account_id"])
    inbound = (touches["direction"] == "inbound").to_numpy()
    by_contact = _alone(touches) & (np.arange(len(touches)) % 2 == 0)
    frame = pd.DataFrame(
        {
            "engagement_id": ids,
            "_fivetran_deleted": False,
            "property_hs_timestamp": touches["sent_at"],
            "property_hs_email_direction": np.where(inbound, "INCOMING_EMAIL", "EMAIL"),
            "property_hs_email_status": "SENT",
            "property_hs_email_subject": np.where(inbound, "A question", "Your reports"),
            "property_hs_email_thread_id": ids.astype("string").mask(by_contact),
            "property_hs_sequence_id": touches["campaign"],
            "type": "EMAIL",
        }
    )
    answered = touches["replied_at"].notna()
    answer = frame[answered].assign(
        engagement_id=ids + 3_000_000_000, property_hs_timestamp=touches["replied_at"],
        property_hs_email_direction="INCOMING_EMAIL", property_hs_email_subject="Re: Your reports",
        property_hs_sequence_id=None)
    early = answer["property_hs_timestamp"] - pd.Timedelta(minutes=1)
    later = answer["property_hs_timestamp"] + pd.Timedelta(hours=1)
    decoys = [
        answer.assign(engagement_id=ids + 4_000_000_000, property_hs_timestamp=later),
        answer.assign(engagement_id=ids + 5_000_000_000, property_hs_timestamp=early,
                      property_hs_email_subject="Automatic reply: Your reports"),
        answer.assign(engagement_id=ids + 6_000_000_000, property_hs_timestamp=early,
                      property_hs_email_direction="FORWARDED_EMAIL"),
        answer.assign(engagement_id=ids + 7_000_000_000, property_hs_timestamp=early, _fivetran_deleted=True),
        answer.assign(engagement_id=ids + 8_000_000_000, property_hs_timestamp=early,
                      property_hs_email_direction="EMAIL", property_hs_email_status="BOUNCED"),
    ]
    every = pd.concat([frame, answer, *(decoy.head(300) for decoy in decoys)], ignore_index=True)
    own = pd.concat([company, company[answered], *[company[answered].head(300)] * len(decoys)], ignore_index=True)
    links = pd.DataFrame({"engagement_id": every["engagement_id"], "company_id": own, "inbound": False})
    links.loc[: len(touches) - 1, "inbound"] = inbound
    links = links.sample(frac=1, random_state=1)
    # every fifth names no company, and is told by its contact; what came by itself names no contact
    to_company = links[links["inbound"] | (links["engagement_id"] % 5 != 0)]
    to_contact = links[~links["inbound"]].assign(contact_id=links["company_id"] + CONTACT_OF)
    return {
        "engagement": pd.DataFrame({"id": every["engagement_id"], "type": "EMAIL", "portal_id": 1}),
        "engagement_email": every,
        "engagement_company": to_company[["engagement_id", "company_id"]],
        "engagement_contact": to_contact[["engagement_id", "contact_id"]],
        "email_event": pd.DataFrame(
            {"id": [f"e{i}" for i in range(40)], "type": ["DELIVERED", "OPEN"] * 20, "recipient": "x@nowhere.example",
             "created": touches["sent_at"].iloc[0], "sent_by_id": None, "email_campaign_id": 7}),
        "email_campaign": pd.DataFrame({"id": [7], "name": ["Newsletter"]}),
    }


def _alone(touches: pd.DataFrame) -> np.ndarray:
    """Touches whose answer is told without a thread: no other e-mail to the account lies between, or bears its own."""
    sent = touches[touches["direction"] != "inbound"].sort_values(["account_id", "sent_at"], kind="stable")
    following = sent.groupby("account_id")["sent_at"].shift(-1)
    before = sent.groupby("account_id")["sent_at"].shift(1)
    alone = (following.isna() | (following > sent["replied_at"] + pd.Timedelta(hours=2))) & (before != sent["sent_at"])
    alone &= sent["replied_at"] < sent["sent_at"] + pd.Timedelta(days=89)
    return alone.reindex(touches.index, fill_value=False).to_numpy(dtype=bool)


def calls(calls: pd.DataFrame) -> Frames:
    """Calls as meetings and as phone calls, in turn; beside them those that nobody came to or answered."""
    ids = hubs(calls["call_id"])
    phone = np.arange(len(calls)) % 3 == 0
    minutes = calls["minutes"].astype("float64")
    understood = calls["understood"].astype("boolean")
    meeting = pd.DataFrame(
        {
            "engagement_id": ids,
            "property_hs_meeting_outcome": "COMPLETED",
            "property_hs_meeting_start_time": calls["held_at"],
            "property_hs_timestamp": calls["held_at"],
            "property_hs_meeting_end_time": calls["held_at"] + pd.to_timedelta(minutes, unit="m"),
            "property_value_understood": understood,
            "_fivetran_deleted": False,
        }
    )[~phone]
    call = pd.DataFrame(
        {
            "engagement_id": ids,
            "property_hs_call_disposition": CONNECTED,
            "property_hs_timestamp": calls["held_at"],
            "property_hs_call_duration": minutes * 60_000,
            "property_value_understood": understood,
            "_fivetran_deleted": False,
        }
    )[phone]
    aside = [meeting.head(20).assign(property_hs_meeting_outcome=said)
             for said in ("NO_SHOW", "CANCELED", "RESCHEDULED", "SCHEDULED", None)]
    aside.append(meeting.head(20).assign(_fivetran_deleted=True))
    not_held = pd.concat(aside, ignore_index=True)
    not_held["engagement_id"] = DECOY + np.arange(len(not_held))
    missed = call.head(20).assign(property_hs_call_disposition=VOICEMAIL)
    missed["engagement_id"] = DECOY + 5000 + np.arange(len(missed))
    of = hubs(calls["opportunity_id"])
    own = pd.DataFrame({"engagement_id": ids, "company_id": hubs(calls["account_id"])})
    strangers = own[of.notna()].head(200).assign(company_id=own["company_id"].min())
    return {
        "engagement_meeting": pd.concat([meeting, not_held], ignore_index=True),
        "engagement_call": pd.concat([call, missed], ignore_index=True),
        "engagement_deal": pd.DataFrame({"engagement_id": ids, "deal_id": of}).dropna(),
        # a call about a deal is its company's, whoever else took part
        "call_company": pd.concat([own, strangers], ignore_index=True),
    }


def tickets(tickets: pd.DataFrame) -> Frames:
    """Tickets with their primary company beside another; one deleted, one merged."""
    ids, company = hubs(tickets["ticket_id"]), hubs(tickets["account_id"])
    frame = pd.DataFrame({"id": ids, "is_deleted": False, "property_createdate": tickets["opened_at"],
                          "property_closed_date": tickets["closed_at"], "property_hs_merged_object_ids": None})
    frame.loc[5, "property_hs_merged_object_ids"] = str(DECOY + 1)
    gone = frame.head(2).assign(id=[DECOY, DECOY + 1], is_deleted=[True, False])
    primary = pd.DataFrame({"ticket_id": ids, "company_id": company, "type_id": 26})
    beside = primary.iloc[::4].assign(company_id=company.min(), type_id=339)
    lost_ones = pd.DataFrame({"ticket_id": gone["id"], "company_id": company.iloc[0], "type_id": 26})
    return {"ticket": pd.concat([frame, gone], ignore_index=True),
            "ticket_company": pd.concat([beside, primary, lost_ones], ignore_index=True)}


def feedback(answers: pd.DataFrame) -> Frames:
    """Answers to the 0-10 question by the people who gave them, beside two other surveys."""
    people = hubs(answers["person_id"])
    frame = pd.DataFrame({"id": np.arange(len(answers)) + 1, "property_hs_survey_type": "NPS",
                          "property_hs_value": answers["score"], "property_hs_contact_id": people,
                          "property_hs_submission_timestamp": answers["answered_at"]})
    other = frame.head(60).assign(property_hs_survey_type=["CSAT", "CES"] * 30, property_hs_value=0)
    other["id"] += DECOY
    return {"feedback_submission": pd.concat([frame, other], ignore_index=True)}
