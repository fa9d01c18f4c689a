"""Sequencers, calls and support beside a CRM: traps a row each, and the connector's own sample rows."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import TODAY, Small
from layouts.beside import loaded

STRIPE = Path(os.environ.get("GTM_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
STRIPE = STRIPE / "crm_layouts" / "stripe"

LONG = "001000000000018AAA"
OWN = {
    "accounts": pd.DataFrame([
        {"account_id": LONG, "domain": "acme.example"}, {"account_id": "B", "domain": "http://www.beta.example"},
        {"account_id": "H1", "domain": "holding.example"}, {"account_id": "H2", "domain": "holding.example"},
        {"account_id": "M", "domain": "gmail.com"},
    ]),
    "opportunities": pd.DataFrame([
        {"opportunity_id": "O1", "account_id": LONG, "created_at": datetime(2025, 1, 6)},
        {"opportunity_id": "O2", "account_id": LONG, "created_at": datetime(2025, 3, 3)},
        {"opportunity_id": "O3", "account_id": "B", "created_at": datetime(2025, 1, 6)},
    ]),
}
NOON = datetime(2025, 3, 10, 12)


def told(small: Small, table: str, *columns: str) -> dict[str, tuple[Any, ...]]:
    """{id: values, or the reason alone where the row is set aside}."""
    relation = small.warehouse.relations[table]
    assert relation.status == "ok", relation.why
    key = relation.table.key[0]
    picks = ", ".join([key, *columns])
    found = {}
    for place, last in (("gtm", "null"), ("aside", "set_aside")):
        frame = small.warehouse.read(sa.text(f"select {picks}, {last} as why from {place}.{table}")).astype("object")
        for name, *values, why in frame.itertuples(index=False):
            plain = (None if pd.isna(v) else v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in values)
            found[name] = (why,) if place == "aside" else tuple(plain)
    return found


def test_whose_prospect_it_is(tmp_path: Path) -> None:
    """By the CRM's id of its company in either length, else its domain, else the address; never by a mail provider."""
    people = {
        # prospect: its company in Outreach, its address, the account that it is
        "by id": (1, "x@gmail.com", LONG), "by connection": (2, None, "B"), "by domain": (3, None, "B"),
        "by address": (None, "Ann@Acme.Example", LONG), "id before address": (2, "x@acme.example", "B"),
        "by provider": (None, "x@gmail.com", "prospect without account"),
        "unknown": (4, None, "prospect without account"),
        "shared domain": (5, None, "prospect of several accounts"), "nobody": (None, None, "prospect without account"),
    }
    small = loaded(tmp_path, OWN, "outreach", {
        "mailing": pd.DataFrame([{"id": name, "relationship_prospect_id": n, "delivered_at": NOON}
                                 for n, name in enumerate(people)]),
        "prospect": pd.DataFrame([{"id": n, "relationship_account_id": company}
                                  for n, (company, _, _) in enumerate(people.values())]).astype("Int64"),
        "prospect_email": pd.DataFrame([{"prospect_id": n, "email": address}
                                        for n, (_, address, _) in enumerate(people.values())]),
        "account": pd.DataFrame([{"id": 1, "custom_id": LONG[:15]}, {"id": 3, "domain": "https://beta.example/de"},
                                 {"id": 4, "custom_id": "gone"}, {"id": 5, "domain": "holding.example"}]),
        "data_connection": pd.DataFrame([
            {"parent_id": 2, "parent_type": "account", "id": "B", "type": "Account"},
            {"parent_id": 4, "parent_type": "prospect", "id": "B", "type": "Contact"}]),
    }, TODAY)
    assert told(small, "touches", "account_id") == {name: (account,) for name, (_, _, account) in people.items()}


def test_a_persons_last_reply_belongs_to_one_email(tmp_path: Path) -> None:
    """Salesloft counts replies to an e-mail and dates a person's last: earlier ones are set aside, none is made up."""
    day = [datetime(2025, 3, n, 9) for n in range(1, 8)]
    small = loaded(tmp_path, OWN, "salesloft", {
        "emails": pd.DataFrame([
            {"id": f"{n}", "sent_at": day[n], "bounced": False, "recipient": '{"_href": "/people/7", "id": 7}',
             "counts": f'{{"clicks": 1, "replies": {replies}}}', "recipient_email_address": "ann@acme.example"}
            for n, replies in enumerate((0, 1, 0, 2, 0, 1))]),
        "people": pd.DataFrame([{"id": 7, "last_replied_at": day[4]}]),
    }, TODAY)
    late = ("answered, nobody knows when",)
    assert told(small, "touches", "replied_at") == {"0": (None,), "1": late, "2": (None,), "3": (day[4],), "4": (None,),
                                                    "5": late}


def test_without_dated_replies_there_is_no_response_rate(tmp_path: Path) -> None:
    """Where no person's last reply is synced, the rate is not connected: replies that were are not none."""
    small = loaded(tmp_path, OWN, "salesloft", {"emails": pd.DataFrame([
        {"id": "1", "sent_at": NOON, "counts": '{"replies": 1}', "recipient_email_address": "ann@acme.example"},
        {"id": "2", "sent_at": NOON, "counts": '{"replies": 0}', "recipient_email_address": "ann@acme.example"}
    ])}, TODAY)
    assert told(small, "touches", "replied_at") == {"1": ("answered, nobody knows when",), "2": (None,)}
    assert small.tally("response_rate").status == "not_connected"


CONTEXT = [
    # call, what the CRM calls it, which
    ("deal", "Opportunity", "O1"), ("deal", "Opportunity", "O1"), ("deal", "Contact", "003"),
    ("partner beside", "Opportunity", "O1"), ("partner beside", "Account", "B"),
    ("company alone", "Account", LONG[:15]), ("two deals", "Opportunity", "O1"), ("two deals", "Opportunity", "O2"),
    ("deals of two, company of one", "Opportunity", "O1"), ("deals of two, company of one", "Opportunity", "O3"),
    ("deals of two, company of one", "Account", "B"),
    ("two companies", "Account", "B"), ("two companies", "Account", LONG), ("unknown", "Account", "gone"),
]


def gong(tmp_path: Path, words: dict[str, list[str]], trackers: list[tuple[str, str]] | None) -> Small:
    """Calls with that context; trackers as (call, name), or none synced."""
    frames = {
        "call": pd.DataFrame([{"id": name, "started": f"{NOON.isoformat()}Z", "duration": 1_800, "scope": "External"}
                              for name in dict.fromkeys(name for name, _, _ in CONTEXT)]),
        "call_context_integration": pd.DataFrame(CONTEXT, columns=["call_id", "object_type", "object_id"]),
    }
    if trackers is not None:
        frames["call_tracker"] = pd.DataFrame(trackers, columns=["call_id", "name"])
    return loaded(tmp_path, OWN, "gong", frames, TODAY, words)


def test_what_a_call_was_about(tmp_path: Path) -> None:
    """The deal says whose call it was; of several deals none is named, and the call goes to one that was open."""
    assert told(gong(tmp_path, {}, None), "calls", "account_id", "opportunity_id", "minutes") == {
        "deal": (LONG, "O1", 30), "partner beside": (LONG, "O1", 30), "company alone": (LONG, "O1", 30),
        "two deals": (LONG, "O1", 30), "deals of two, company of one": ("B", "O3", 30),
        "two companies": ("call of several accounts",), "unknown": ("call without account",)}


HEARD = [("deal", "Value: Understood!"), ("deal", "Pricing"), ("two deals", "Value understood?"), ("deal", "Other")]


@pytest.mark.parametrize(("words", "trackers", "understood"), [
    ({"understood_trackers": ["value understood"]}, HEARD, {"deal", "two deals"}),
    ({"understood_trackers": ["value"]}, HEARD, set()),
    ({}, HEARD, None), ({"understood_trackers": ["value understood"]}, None, None),
], ids=["named", "another name", "none named", "no trackers"])
def test_a_tracker_is_understanding_where_it_is_named(tmp_path: Path, words: dict[str, list[str]],
                                                      trackers: list[tuple[str, str]] | None,
                                                      understood: set[str] | None) -> None:
    """A call on which a named tracker was heard; where none is named, or none is synced, nothing is known of any."""
    small = gong(tmp_path, words, trackers)
    rows = told(small, "calls", "understood")
    heard = {name: values[0] for name, values in rows.items() if isinstance(values[0], bool)}
    assert small.warehouse.has("calls", "understood") == (understood is not None)
    assert heard == {name: name in understood for name in heard} if understood is not None else not heard


def test_whose_ticket_and_until_when(tmp_path: Path) -> None:
    """By the organization's id in the CRM, its domains, who asked; one that was reopened is closed when last solved."""
    tickets = {
        "by id": (1, None, LONG), "by domain": (2, None, "B"), "of ten domains": (3, None, "B"),
        "by requester": (None, 11, LONG), "by the requester's organization": (None, 12, "B"),
        "shared domain": (4, None, "requester of several accounts"),
        "by provider": (None, 13, "requester without account"),
    }
    status = ["open"] * len(tickets)
    status[:3] = ["closed", "open", "solved"]
    changes = [("by id", "solved", 3), ("by id", "open", 4), ("by id", "solved", 5), ("by id", "closed", 9),
               ("by domain", "solved", 3), ("by domain", "open", 4), ("of ten domains", "closed", 6)]
    small = loaded(tmp_path, OWN, "zendesk", {
        "ticket": pd.DataFrame([
            {"id": name, "organization_id": organization, "requester_id": person, "status": state,
             "created_at": "2025-03-02"}
            for (name, (organization, person, _)), state in zip(tickets.items(), status, strict=True)]
        ).astype({"organization_id": "Int64", "requester_id": "Int64"}),
        "organization": pd.DataFrame([
            {"id": 1, "external_id": LONG[:15]}, {"id": 2, "external_id": "gone"},
            {"id": 3, "domain_names": '["beta.com", "beta.example"]'}, {"id": 4}]),
        "domain_name": pd.DataFrame([{"organization_id": 2, "domain_name": "Beta.example"},
                                     {"organization_id": 4, "domain_name": "holding.example"}]),
        "user": pd.DataFrame([{"id": 11, "email": "Ann@acme.example"}, {"id": 12, "organization_id": 2},
                              {"id": 13, "email": "x@gmail.com"}]),
        "ticket_field_history": pd.DataFrame([
            {"ticket_id": name, "field_name": "status", "value": value, "updated": datetime(2025, 3, day)}
            for name, value, day in changes]),
    }, TODAY)
    assert {name: row[0] for name, row in told(small, "tickets", "account_id").items()} == {
        name: account for name, (_, _, account) in tickets.items()}
    closed = {name: row[0] for name, row in told(small, "tickets", "closed_at").items() if isinstance(row[0], datetime)}
    assert closed == {"by id": datetime(2025, 3, 5), "of ten domains": datetime(2025, 3, 6)}


@pytest.mark.skipif(not STRIPE.is_dir(), reason="Stripe's sample rows are neither in GTM_SHARED_DATA nor ../shared")
@pytest.mark.parametrize("relation", ["subscription_history", "subscription"])
def test_stripes_sample_rows_are_accounted_for(tmp_path: Path, relation: str) -> None:
    """The rows of the connector's package load, whichever of the two tables is there; each has its reason."""
    other = {"subscription_history": "subscription", "subscription": "subscription_history"}[relation]
    frames = {path.stem.removesuffix("_data"): pd.read_csv(path, dtype="str") for path in STRIPE.glob("*_data.csv")}
    del frames[other]
    small = loaded(tmp_path, OWN, "fivetran_stripe", frames, date(2026, 6, 30))
    found = small.warehouse.relations["subscriptions"]
    assert (found.status, found.rows_read) == ("ok", len(frames[relation]))
    # both began a trial that ended on the day they did; of the two versions one is no longer the latest
    older = {"older version": 1} if relation == "subscription_history" else {}
    assert dict(found.reasons) == {**older, "trial": 2 - len(older)}
