"""Traps of HubSpot's tables, each with the rows that spring it."""

from __future__ import annotations

import pandas as pd
import pytest
from layouts.hubspot_rows import COMPANIES, DEAL, FIVETRAN, of, table

pytestmark = pytest.mark.xdist_group("hubspot_traps")


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
