"""HubSpot's traps of outreach: whose a mail is, what answers it, connectors of old, marketing mail, calls."""

from __future__ import annotations

import pandas as pd
import pytest
from layouts.hubspot_rows import COMPANIES, FIVETRAN, of, table

pytestmark = pytest.mark.xdist_group("hubspot_traps")


def test_answers(warehouse_of):
    """An answer belongs to the latest e-mail before it in its thread, else to the contact's of the last 90 days.

    Of two answers the first counts. One that answers nothing is inbound; one forwarded to HubSpot answers nothing.
    """
    small = warehouse_of({
        "company": COMPANIES,
        # a HubSpot property that is a number comes with a decimal point
        "contact": pd.DataFrame({"id": ["7", "8"], "property_associatedcompanyid": [1.0, 2.0]}),
        "engagement_email": table("""
            engagement_id | property_hs_timestamp | property_hs_email_direction | property_hs_email_thread_id
            1             | 2026-01-05 9:00       | EMAIL                       | t
            2             | 2026-01-06 09:00      | EMAIL                       |
            3             | 2026-01-07 10:00      | INCOMING_EMAIL              | t
            4             | 2026-01-07 09:00      | FORWARDED_EMAIL             | t
            5             | 2026-01-08 09:00      | INCOMING_EMAIL              | t
            6             | 2026-01-05 10:00      | EMAIL                       | u
            7             | 2026-01-09 09:00      | INCOMING_EMAIL              |
            8             | 2026-04-20 09:00      | INCOMING_EMAIL              |
            9             | 2026-01-04 09:00      | INCOMING_EMAIL              | u
        """),
        "engagement_contact": table("""
            engagement_id | contact_id
            1             | 7
            2             | 7
            3             | 7
            4             | 7
            5             | 7
            6             | 8
            7             | 8
            8             | 8
            9             | 8
        """),
    }, **FIVETRAN)
    assert of(small, "touches", "touch_id, account_id, direction, replied_at") == [
        ("1", "1", "outbound", "2026-01-07 10:00"), ("2", "1", "outbound", None),
        ("6", "2", "outbound", "2026-01-09 09:00"), ("8", "2", "inbound", None), ("9", "2", "inbound", None)]
    assert small.warehouse.relations["touches"].reasons == {
        "an answer, told with what it answers": 3, "forwarded to HubSpot": 1}


def test_an_email_belongs_to_the_company_most_of_its_links_agree_on(warehouse_of):
    """Of two companies it is the one its contact is with, not the smaller id; of none named, its deal's before its
    contact's; and so with a meeting.
    """
    links = {
        "company": COMPANIES,
        "contact": table("""
            id | property_associatedcompanyid
            7  | 11
        """),
        "deal": table("""
            deal_id | property_createdate
            a       | 2026-01-05
        """),
        "deal_company": table("""
            deal_id | company_id
            a       | 2
        """),
        "engagement_company": table("""
            engagement_id | company_id
            1             | 1
            1             | 11
            3             | 1
            3             | 11
        """),
        "engagement_contact": table("""
            engagement_id | contact_id
            1             | 7
            2             | 7
            3             | 7
        """),
        "engagement_deal": table("""
            engagement_id | deal_id
            2             | a
        """),
        "engagement_email": table("""
            engagement_id | property_hs_timestamp | property_hs_email_direction
            1             | 2026-01-05 09:00      | EMAIL
            2             | 2026-01-05 09:00      | EMAIL
        """),
        "engagement_meeting": table("""
            engagement_id | property_hs_timestamp | property_hs_meeting_outcome
            3             | 2026-01-05 09:00      | COMPLETED
        """),
    }
    small = warehouse_of(links, **FIVETRAN)
    assert of(small, "touches", "touch_id, account_id") == [("1", "11"), ("2", "2")]
    assert of(small, "calls", "call_id, account_id", "aside") == [("3", "11")]


def test_a_connector_of_old_keeps_the_instant_with_the_engagement(warehouse_of):
    """Its e-mails bear direction and instant as type and timestamp of the engagement, its meetings an outcome of old.

    An e-mail that says no direction anywhere is set aside, for it may be either.
    """
    small = warehouse_of({
        "company": COMPANIES,
        "engagement": table("""
            id | type           | timestamp        | active
            1  | EMAIL          | 2026-01-05 09:00 | true
            2  | INCOMING_EMAIL | 2026-01-06 09:00 | true
            3  | MEETING        | 2026-01-07 09:00 | true
            4  | EMAIL          | 2026-01-07 09:00 | false
            5  | EMAIL          |                  |
            6  | CALL           | 2026-01-08 09:00 | true
        """),
        "engagement_email": table("""
            engagement_id | thread_id | status
            1             | t         | SENT
            2             | t         | SENT
            4             | t         | SENT
            5             | t         | SENT
        """),
        "engagement_meeting": table("""
            engagement_id | meeting_outcome | start_time       | end_time
            3             | COMPLETED       | 2026-01-07 09:30 | 2026-01-07 10:00
        """),
        "engagement_call": table("""
            engagement_id | disposition                          | duration_milliseconds
            6             | f240bbac-87c9-4f6e-bf70-924b57d47db7 | 90000
        """),
        "engagement_company": pd.DataFrame({"engagement_id": list("123456"), "company_id": "1"}),
        "engagement_deal": pd.DataFrame({"engagement_id": list("36"), "deal_id": "a"}),
        "deal": table("""
            deal_id | property_createdate
            a       | 2026-01-05
        """),
        "deal_company": pd.DataFrame({"deal_id": ["a"], "company_id": "1"}),
    }, **FIVETRAN)
    assert of(small, "touches", "touch_id, sent_at, replied_at") == [("1", "2026-01-05 09:00", "2026-01-06 09:00")]
    assert small.warehouse.relations["touches"].reasons == {
        "an answer, told with what it answers": 1, "deleted in HubSpot": 1, "e-mail without a direction": 1}
    assert of(small, "calls", "call_id, held_at, minutes") == [
        ("3", "2026-01-07 09:30", 30.0), ("6", "2026-01-08 09:00", 1.5)]


def test_marketing_email_is_outreach_where_there_is_no_other(warehouse_of):
    """What HubSpot delivered to a contact's address is a touch of its company, unless people write themselves."""
    frames = {
        "company": COMPANIES,
        "contact": table("""
            id | property_associatedcompanyid | property_email
            7  | 1                            | Ada@Alder.example
        """),
        "email_event": table("""
            id | type      | created          | recipient         | sent_by_id | email_campaign_id
            x  | DELIVERED | 2026-01-05 09:00 | ada@alder.example | s          | 5
            y  | REPLY     | 2026-01-06 09:00 | ada@alder.example | s          | 5
            z  | OPEN      | 2026-01-05 10:00 | ada@alder.example | s          | 5
        """),
        "email_campaign": table("""
            id | name
            5  | Spring
        """),
    }
    small = warehouse_of(frames, **FIVETRAN)
    assert of(small, "touches", "touch_id, account_id, direction, campaign, replied_at") == [
        ("x", "1", "outbound", "Spring", "2026-01-06 09:00")]
    frames["engagement_email"] = table("""
        engagement_id | property_hs_timestamp | property_hs_email_direction
        1             | 2026-01-05 09:00      | EMAIL
    """)
    frames["engagement_contact"] = pd.DataFrame({"engagement_id": ["1"], "contact_id": "7"})
    small = warehouse_of(frames, **FIVETRAN)
    assert of(small, "touches", "touch_id") == [("1",)]
    assert of(small, "touches", "touch_id, set_aside", "aside") == [("x", "marketing e-mail beside one-to-one e-mail")]


def test_a_call_about_several_deals_names_none(warehouse_of):
    """It is then told by its day. About one deal it is that deal's company's, whoever else took part."""
    small = warehouse_of({
        "company": COMPANIES,
        "deal": table("""
            deal_id | property_createdate | property_closedate | property_hs_is_closed_won
            a       | 2026-01-05          | 2026-01-20         | true
            b       | 2026-01-05          | 2026-03-20         | true
            c       | 2026-01-05          |                    |
        """),
        "deal_company": table("""
            deal_id | company_id
            a       | 1
            b       | 1
            c       | 2
        """),
        "engagement_meeting": table("""
            engagement_id | property_hs_meeting_outcome | property_hs_timestamp
            1             | COMPLETED                   | 2026-02-05 09:00
            2             | COMPLETED                   | 2026-02-05 09:00
            3             | NO_SHOW                     | 2026-02-05 09:00
        """),
        "engagement_deal": table("""
            engagement_id | deal_id
            1             | a
            1             | b
            2             | c
            3             | c
        """),
        "engagement_company": table("""
            engagement_id | company_id
            1             | 1
            2             | 1
            2             | 11
        """),
    }, **FIVETRAN)
    assert of(small, "calls", "call_id, account_id, opportunity_id") == [("1", "1", "b"), ("2", "2", "c")]
    assert small.warehouse.relations["calls"].reasons == {"meeting not held": 1}
