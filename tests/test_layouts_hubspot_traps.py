"""Traps of HubSpot's tables, each with the rows that spring it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small

pytestmark = pytest.mark.xdist_group("hubspot_traps")


def table(text: str) -> pd.DataFrame:
    """A frame of text from a drawn table: a line of names, then a line a row, cells apart by |; empty is null."""
    rows = [[cell.strip() or None for cell in line.split("|")] for line in text.strip().splitlines()]
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="str")


DEAL = {"closedate": "property_closedate", "is_closed_won": "property_hs_is_closed_won",
        "is_closed": "property_hs_is_closed", "closed_lost_reason": "property_closed_lost_reason"}
"""Short for the names of a deal's properties."""

FIVETRAN = {"warehouse": {"layout": "fivetran_hubspot"}}

COMPANIES = table("""
    id | property_name | property_domain
    1  | Alder         | alder.example
    2  | Birch         | birch.example
    11 | Cedar         | cedar.example
""")


def of(small: Small, name: str, columns: str, where: str = "gtm") -> list[tuple[Any, ...]]:
    """The rows of one table, used or `aside`, instants as text to the minute, sorted."""
    frame = small.warehouse.read(sa.text(f"select {columns} from {where}.{name}"))
    said = [[None if pd.isna(v) else str(v)[:16] if isinstance(v, pd.Timestamp) else v for v in row]
            for row in frame.astype("object").itertuples(index=False)]
    return sorted((tuple(row) for row in said), key=str)


def test_a_deal_belongs_to_its_primary_company(warehouse_of):
    """Type 5 goes before a smaller id; without a primary company it is the smallest id, as a number.

    A deal without a company is set aside.
    """
    small = warehouse_of({
        "company": COMPANIES,
        "deal": table("""
            deal_id | property_createdate
            a       | 2026-01-05
            b       | 2026-01-05
            c       | 2026-01-05
        """),
        "deal_company": table("""
            deal_id | company_id | type_id
            a       | 1          | 341
            a       | 11         | 341
            a       | 11         | 5
            b       | 11         | 341
            b       | 2          | 341
        """),
    }, **FIVETRAN)
    assert of(small, "opportunities", "opportunity_id, account_id") == [("a", "11"), ("b", "2")]
    assert small.warehouse.relations["opportunities"].reasons == {"account unknown": 1}


def test_what_became_of_a_deal(warehouse_of):
    """The deal says it, else its stage, else the stage's name in HubSpot's own pipeline; a close date is no outcome.

    Lost for one of the company's reasons, or in a stage called so, is lost to no decision. Without a close date it
    closed when it came to its last stage.
    """
    small = warehouse_of({
        "company": COMPANIES,
        "deal": table("""
            deal_id | deal_pipeline_stage_id | closedate  | is_closed_won | is_closed | closed_lost_reason
            a       | s1                     | 2026-02-01 | true          | true      |
            b       | s2                     | 2026-02-01 |               |           |
            c       | s3                     |            |               |           | Price
            d       | s3                     | 2026-02-01 | false         | true      | Went dark / no response
            e       | s4                     | 2026-02-01 |               |           |
            f       | s1                     | 2026-12-01 | false         | false     |
            g       | closedlost             | 2026-02-01 |               |           |
            h       | s1                     | 2026-12-01 |               |           |
        """).rename(columns=DEAL).assign(property_createdate="2026-01-05"),
        "deal_company": pd.DataFrame({"deal_id": list("abcdefgh"), "company_id": "1"}),
        "deal_pipeline_stage": table("""
            stage_id | label            | closed_won | is_closed | probability
            s1       | Talking          | FALSE      | FALSE     | 0.0
            s2       | Won              | TRUE       | TRUE      | 1.0
            s3       | Lost             | FALSE      | TRUE      | 0.0
            s4       | Lost - on hold   | FALSE      | TRUE      | 0.0
        """),
        "deal_stage": table("""
            deal_id | value | date_entered
            c       | s1    | 2026-01-06 09:00
            c       | s3    | 2026-01-20 09:00
        """),
    }, **FIVETRAN)
    assert of(small, "opportunities", "opportunity_id, outcome, closed_at") == [
        ("a", "won", "2026-02-01 00:00"), ("b", "won", "2026-02-01 00:00"), ("c", "lost", "2026-01-20 09:00"),
        ("d", "no_decision", "2026-02-01 00:00"), ("e", "no_decision", "2026-02-01 00:00"), ("f", None, None),
        ("g", "lost", "2026-02-01 00:00"), ("h", None, None)]


def test_types_of_deals(warehouse_of):
    """HubSpot's own types are new and expansion; a renewal is a type or, where none is given, a pipeline called so."""
    small = warehouse_of({
        "company": COMPANIES,
        "deal": table("""
            deal_id | deal_pipeline_id | property_createdate | property_dealtype | property_hs_analytics_source
            a       | p1               | 2026-01-05          | newbusiness       | REFERRALS
            b       | p1               | 2026-01-05          | existingbusiness  | PAID_SEARCH
            c       | p1               | 2026-01-05          | Annual renewal    |
            d       | p2               | 2026-01-05          |                   |
            e       | p2               | 2026-01-05          | newbusiness       |
            f       | p1               | 2026-01-05          | Pilot             |
        """),
        "deal_company": pd.DataFrame({"deal_id": list("abcdef"), "company_id": "1"}),
        "deal_pipeline": table("""
            pipeline_id | label
            p1          | Sales
            p2          | Renewals 2026
        """),
    }, **FIVETRAN)
    assert of(small, "opportunities", "opportunity_id, type") == [
        ("a", "new"), ("b", "expansion"), ("c", "renewal"), ("d", "renewal"), ("e", "new"), ("f", "new")]
    # visits by a link are no referrals
    assert of(small, "opportunities", "lead_source")[1:3] == [("Web referral traffic",), (None,)]


def test_a_column_of_ones_own_says_when_value_was_understood(warehouse_of):
    """Where no history is synced, gtm.toml names HubSpot's own date of the first entry into a stage."""
    frames = {
        "company": COMPANIES,
        "deal": table("""
            deal_id | property_createdate | property_hs_v2_date_entered_4711 | property_who_else
            a       | 2026-01-05          | 2026-01-09 10:00                 | Abacus
        """),
        "deal_company": pd.DataFrame({"deal_id": ["a"], "company_id": "1"}),
    }
    columns = {"deal.understood_at": "property_hs_v2_date_entered_4711", "deal.competitor": "property_who_else"}
    small = warehouse_of(frames, warehouse={**FIVETRAN["warehouse"], "columns": columns})
    assert of(small, "opportunities", "understood_at, competitor") == [("2026-01-09 10:00", "Abacus")]
    assert of(warehouse_of(frames, **FIVETRAN), "opportunities", "understood_at, competitor") == [(None, None)]


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


def test_who_referred_whom(warehouse_of):
    """A company says it by id, domain or name; of a name nobody bears, or its own, the row is set aside.

    Web traffic by referral is none, and where no column says who referred whom nothing is connected.
    """
    companies = table("""
        id | property_name | property_domain | property_createdate | property_referred_by | property_hs_analytics_source
        1  | Alder         | alder.example   | 2026-01-05          |                      | REFERRALS
        2  | Birch         | birch.example   | 2026-01-06          | 1                    |
        3  | Cedar         | cedar.example   | 2026-01-07          | Alder.example        |
        4  | Dune          | dune.example    | 2026-01-08          | ALDER                |
        5  | Echo          | echo.example    | 2026-01-09          | A friend             |
        6  | Fern          | fern.example    | 2026-01-09          | Fern                 |
    """)
    small = warehouse_of({"company": companies}, **FIVETRAN)
    assert of(small, "referrals", "referrer_account_id, referred_account_id, referred_at") == [
        ("1", "2", "2026-01-06 00:00"), ("1", "3", "2026-01-07 00:00"), ("1", "4", "2026-01-08 00:00")]
    assert small.warehouse.relations["referrals"].reasons == {"nobody by that name": 1, "refers to itself": 1}
    without = warehouse_of({"company": companies.drop(columns="property_referred_by")}, **FIVETRAN)
    assert without.warehouse.relations["referrals"].status == "not_connected"


def test_a_champion_is_told_by_the_role_in_buying(warehouse_of):
    """The champion goes before contacts that were there first, and is known since the role was given.

    Without a champion it is the first contact, of whom nobody knows since when.
    """
    small = warehouse_of({
        "company": COMPANIES,
        "deal": table("""
            deal_id | property_createdate
            a       | 2026-01-05
            b       | 2026-01-05
        """),
        "deal_company": pd.DataFrame({"deal_id": ["a", "b"], "company_id": "1"}),
        "deal_contact": table("""
            deal_id | contact_id
            a       | 7
            a       | 10
            b       | 9
            b       | 7
        """),
        "contact": table("""
            id | property_jobtitle | property_hs_buying_role
            7  | Buyer             | BLOCKER
            9  | Clerk             |
            10 | Head of Data      | BUDGET_HOLDER;CHAMPION
        """),
        "contact_property_history": table("""
            contact_id | name           | timestamp        | value
            10         | hs_buying_role | 2026-01-06 10:00 | BUDGET_HOLDER
            10         | hs_buying_role | 2026-01-08 10:00 | BUDGET_HOLDER;CHAMPION
        """),
    }, **FIVETRAN)
    assert of(small, "opportunities", "opportunity_id, champion_title, champion_named_at, people_involved") == [
        ("a", "Head of Data", "2026-01-08 10:00", 2), ("b", "Buyer", None, 2)]
