"""Salesforce, a trap a test: the few rows that a count would take wrongly, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf

ACCOUNT = {"account": [{"id": "a", "name": "Acme", "website": "acme.example"}, {"id": "b", "name": "Beta"}]}
LOST = {"account_id": "a", "created_date": "2026-01-05", "close_date": "2026-03-02", "is_closed": "true",
        "is_won": "false", "stage_name": "Closed Lost"}
WON = {**LOST, "is_won": "true", "stage_name": "Closed Won"}
OPEN = {**LOST, "is_closed": "false", "stage_name": "Proposal"}
WORDS = {"understood_stages": ["3 - Value Confirmed"], "advanced_stages": ["Negotiation/Review"]}


@pytest.fixture
def told(warehouse_of: WarehouseOf) -> Any:
    """told(table, columns, **relations) -> {id: values} of the rows used, and {id: reason} of those set aside."""

    def rows(table: str, columns: str, **relations: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
        frames = {name: pd.DataFrame(drawn) for name, drawn in {**ACCOUNT, **relations}.items()}
        small: Small = warehouse_of(frames, warehouse={"layout": "fivetran_salesforce", "words": WORDS})
        key = small.warehouse.relations[table].table.key[0]

        def asked(place: str, picks: str) -> list[tuple[Any, ...]]:
            frame = small.warehouse.read(sa.text(f"select {key}, {picks} from {place}.{table}")).astype("object")
            return [tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)]

        used = {row[0]: row[1] if len(row) == 2 else row[1:] for row in asked("gtm", columns)}
        return used, {row[0]: row[1] for row in asked("aside", "set_aside")}

    return rows


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def test_the_close_date_of_an_open_deal_is_a_forecast(told):
    """An open deal has a close date in the future; a deal lost to nobody says so by its reason or by its stage."""
    used, _ = told("opportunities", "outcome, closed_at", opportunity=[
        {"id": "open", **OPEN, "close_date": "2027-01-01"}, {"id": "won", **WON}, {"id": "lost", **LOST},
        {"id": "nobody", **LOST, "Closed_Lost_Reason__c": "No budget / timing"},
        {"id": "stage", **LOST, "stage_name": "Closed - No Decision"},
        {"id": "abroad", **LOST, "Closed_Lost_Reason__c": "International competitor"},
        {"id": "won late", **WON, "Closed_Lost_Reason__c": "no budget"}])
    assert {name: outcome for name, (outcome, _) in used.items()} == {
        "open": None, "won": "won", "lost": "lost", "nobody": "no_decision", "stage": "no_decision",
        "abroad": "lost", "won late": "won"}
    assert used["open"] == (None, None)
    assert used["won"][1] == day("2026-03-02")


def test_reasons_are_those_of_what_became_of_the_deal(told):
    """One field for why deals close is the reason to win of those won, the reason to lose of those lost."""
    used, _ = told("opportunities", "win_reason, loss_reason", opportunity=[
        {"id": "won", **WON, "close_reason_c": "fits"}, {"id": "lost", **LOST, "close_reason_c": "price"},
        {"id": "open", **OPEN, "close_reason_c": "price"}])
    assert used == {"won": ("fits", None), "lost": (None, "price"), "open": (None, None)}


def test_renewals_are_told_from_new_business(told):
    """By type or by record type; what is both is a renewal, what neither says is new."""
    used, _ = told("opportunities", "type", record_type=[{"id": "r", "name": "Renewals"}, {"id": "s", "name": "Sales"}],
                   opportunity=[
        {"id": "new", **OPEN, "type": "New Customer", "record_type_id": "s"}, {"id": "none", **OPEN},
        {"id": "upgrade", **OPEN, "type": "Existing Customer - Upgrade", "record_type_id": "s"},
        {"id": "by record", **OPEN, "type": "Existing Business", "record_type_id": "r"},
        {"id": "by type", **OPEN, "type": "Renewal"}])
    assert used == {"new": "new", "none": "new", "upgrade": "expansion", "by record": "renewal", "by type": "renewal"}


COPY = {"is_deleted": "false", "created_date": "2026-01-05"}


def test_stages_come_from_whatever_keeps_them(told):
    """OpportunityHistory, a copy of every version under the same name, field history, or the last change alone."""
    deals = [{"id": "1", **OPEN, "stage_name": "Negotiation/Review", "last_stage_change_date": "2026-02-20"},
             {"id": "2", **OPEN}]
    entered = [("1", "3 - Value Confirmed", "2026-02-01"), ("1", "3 - value confirmed", "2026-01-20"),
               ("2", "Value Confirmed", "2026-01-21"), ("1", "Proposal", "2026-01-10")]
    names = ("opportunity_id", "stage_name", "created_date")
    expected = {"1": (day("2026-01-20"), day("2026-02-20")), "2": (None, None)}
    columns = "understood_at, advanced_at"
    history = [{"id": f"h{n}", **dict(zip(names, row, strict=True))} for n, row in enumerate(entered)]
    assert told("opportunities", columns, opportunity=deals, opportunity_history=history)[0] == expected
    copies = [{"id": deal, "stage_name": stage, "_fivetran_start": at, **COPY} for deal, stage, at in entered]
    assert told("opportunities", columns, opportunity=deals, opportunity_history=copies)[0] == expected
    fields = [{"opportunity_id": deal, "field": "StageName", "new_value": stage, "created_date": at}
              for deal, stage, at in entered] + [
             {"opportunity_id": "2", "field": "Name", "new_value": "3 - Value Confirmed", "created_date": "2026-01-06"}]
    assert told("opportunities", columns, opportunity=deals, opportunity_field_history=fields)[0] == expected
    alone = {"1": (None, day("2026-02-20")), "2": (None, None)}
    assert told("opportunities", columns, opportunity=deals)[0] == alone


def test_versions_of_a_deal_are_one_deal(told):
    """Of versions that a connector appends the latest counts; what an older one was called is not what it is."""
    versions = [{"id": "1", **OPEN, "type": "Renewal", "SystemModstamp": "2026-01-06"},
                {"id": "1", **WON, "type": "New", "SystemModstamp": "2026-03-02"},
                {"id": "2", **WON, "SystemModstamp": "2026-03-02"},
                {"id": "2", **WON, "SystemModstamp": "2026-03-03", "is_deleted": "true"}]
    used, aside = told("opportunities", "outcome, type", opportunity=versions)
    assert used == {"1": ("won", "new")}
    assert aside == {"1": "older version", "2": "deleted in Salesforce"}


def test_the_list_price_is_what_the_lines_say_of_the_amount(told):
    """A third off the list is a third off the amount, a year of it or a month; without lines a field's percentage."""
    line = {"opportunity_id": "year", "quantity": 12, "list_price": 30, "unit_price": 20}
    used, _ = told("opportunities", "amount, list_amount", opportunity=[
        {"id": "year", **WON, "amount": "240"}, {"id": "month", **WON, "amount": "20"},
        {"id": "field", **WON, "amount": "90", "discount_c": "10"}, {"id": "none", **WON, "amount": "90"},
        {"id": "half known", **WON, "amount": "90"}],
        opportunity_line_item=[
            {"id": "1", **line}, {"id": "2", **line, "opportunity_id": "month"},
            {"id": "3", **line, "opportunity_id": "month", "is_deleted": "true", "list_price": 900},
            {"id": "4", "opportunity_id": "half known", "quantity": 1, "list_price": 9}])
    assert used == {"year": (240, 360), "month": (20, 30), "field": (90, 100), "none": (90, None),
                    "half known": (90, None)}


def test_a_champion_has_the_role_else_is_the_primary_contact(told):
    """The first with a champion's role, though another is primary; without one the primary; else nobody."""
    role = {"opportunity_id": "1", "is_primary": "false", "created_date": "2026-01-06"}
    used, _ = told("opportunities", "champion_title, people_involved", opportunity=[
        {"id": "1", **OPEN}, {"id": "2", **OPEN}, {"id": "3", **OPEN}],
        contact=[{"id": name, "title": name.upper(), "account_id": "a"} for name in "pqr"],
        opportunity_contact_role=[
            {"id": "1", **role, "contact_id": "p", "role": "Decision Maker", "is_primary": "true"},
            {"id": "2", **role, "contact_id": "q", "role": "Executive Sponsor", "created_date": "2026-01-09"},
            {"id": "3", **role, "contact_id": "r", "role": "Internal Champion"},
            {"id": "4", **role, "contact_id": "r", "role": "Influencer"},
            {"id": "5", **role, "opportunity_id": "2", "contact_id": "p", "role": None, "is_primary": "true"}])
    assert used == {"1": ("R", 3), "2": ("P", 1), "3": (None, None)}


EVENT = {"account_id": "a", "start_date_time": "2026-02-02 10:00", "is_child": "false"}


def test_a_meeting_of_many_is_one_call(told):
    """Children of a group event, series, all-day entries, meetings missed or to come, and those of nobody, are none."""
    used, aside = told("calls", "opportunity_id, minutes", opportunity=[{"id": "1", **OPEN}], event=[
        {"id": "call", **EVENT, "what_id": "1", "duration_in_minutes": "30"},
        {"id": "by deal", "what_id": "1", "start_date_time": "2026-02-03T10:00:00.000Z"},
        {"id": "child", **EVENT, "is_child": "true"}, {"id": "series", **EVENT, "is_recurrence": "true"},
        {"id": "day", **EVENT, "is_all_day_event": "true"}, {"id": "missed", **EVENT, "subject": "Demo (NO-SHOW)"},
        {"id": "to come", **EVENT, "start_date_time": "2026-12-24"}, {"id": "internal", **EVENT, "account_id": None},
        {"id": "gone", **EVENT, "is_deleted": "true"}],
        task=[{"id": "logged", "task_subtype": "Call", "what_id": "1", "completed_date_time": "2026-02-04",
               "call_duration_in_seconds": "90"},
              {"id": "voicemail", "type": "Call", "what_id": "1", "call_disposition": "Left voicemail",
               "created_date": "2026-02-04"},
              {"id": "cold", "task_subtype": "Call", "what_id": "a", "created_date": "2026-02-04"},
              {"id": "e-mail", "task_subtype": "Email", "what_id": "1", "created_date": "2026-02-04"}])
    assert used == {"call": ("1", 30), "by deal": ("1", None), "logged": ("1", 1.5)}
    assert aside == {
        "child": "child of a group event", "series": "pattern of a series", "day": "all-day event",
        "missed": "not held", "to come": "in the future of the load", "internal": "event without account",
        "gone": "deleted in Salesforce", "voicemail": "not held"}


def test_who_answered_on_the_day_came_by_themselves(told):
    """A member of a campaign who responded later was approached, one who did on the day is inbound."""
    member = {"campaign_id": "c", "contact_id": "p", "created_date": "2026-02-02 09:00", "status": "Sent"}
    used, aside = told("touches", "direction, replied_at, channel, campaign",
                       campaign=[{"id": "c", "name": "Spring", "type": "Mailing"}],
                       contact=[{"id": "p", "account_id": "a"}],
                       lead=[{"id": "l", "email": "info@acme.example"}, {"id": "m", "email": "me@gmail.com"}],
                       campaign_member=[
        {"id": "sent", **member},
        {"id": "form", **member, "has_responded": "true", "first_responded_date": "2026-02-02"},
        {"id": "later", **member, "has_responded": "true", "first_responded_date": "2026-02-05"},
        {"id": "lead", **member, "contact_id": None, "lead_id": "l"},
        {"id": "stranger", **member, "contact_id": None, "lead_id": "m"},
        {"id": "undated", **member, "has_responded": "true"}, {"id": "planned", **member, "status": "Planned"}])
    assert used == {
        "sent": ("outbound", None, "mailing", "Spring"), "form": ("inbound", None, "mailing", "Spring"),
        "later": ("outbound", day("2026-02-05"), "mailing", "Spring"),
        "lead": ("outbound", None, "mailing", "Spring")}
    assert aside == {"stranger": "lead without account", "undated": "answered, nobody knows when",
                     "planned": "not sent"}


TASK = {"account_id": "a", "task_subtype": "Email", "is_closed": "true"}


def test_an_answer_is_told_with_what_it_answers(told):
    """By the message that it names, though a later one is nearer, else the latest before it in the thread."""
    message = {"thread_identifier": "t", "incoming": "false"}
    used, aside = told("touches", "direction, replied_at", task=[
        {"id": name, **TASK, "completed_date_time": f"2026-02-0{n}"} for n, name in enumerate("xyzw", 1)],
        email_message=[
        {"id": "1", **message, "activity_id": "x", "message_date": "2026-02-01"},
        {"id": "2", **message, "activity_id": "y", "message_date": "2026-02-02"},
        {"id": "3", **message, "activity_id": "z", "message_date": "2026-02-03", "incoming": "true",
         "reply_to_email_message_id": "1"},
        {"id": "4", "thread_identifier": None, "activity_id": "w", "message_date": "2026-02-04", "incoming": "true"},
        {"id": "5", **message, "message_date": "2026-02-05", "incoming": "true"}])
    assert used == {"x": ("outbound", day("2026-02-03")), "y": ("outbound", day("2026-02-05")), "w": ("inbound", None)}
    assert aside == {"z": "an answer, told with what it answers"}


def test_an_end_date_is_paid_for(told):
    """A contract through 31 January is left on 1 February; next year's follows without a gap; a draft is none."""
    contract = {"account_id": "a", "status": "Activated", "arr_c": "1200"}
    used, aside = told("subscriptions", "ended_on, mrr", contract=[
        {"id": "1", **contract, "start_date": "2025-02-01", "end_date": "2026-01-31"},
        {"id": "2", **contract, "start_date": "2026-02-01", "end_date": None, "mrr_c": "90"},
        {"id": "3", **contract, "start_date": "2026-02-01", "end_date": None, "status": "Draft"}])
    assert used == {"1": (day("2026-02-01"), 100), "2": (None, 90)}
    assert aside == {"3": "contract not activated"}


def test_a_referral_names_who_referred(told):
    """By account, person or name; what names nobody, itself or a stranger is told apart, and what was said before."""
    deal, people = {**OPEN, "lead_source": "Customer Referral"}, [{"id": "p", "account_id": "b"}]

    def referrals(*deals: dict[str, Any]) -> Any:
        drawn = [{"id": str(n), **deal, "referred_by_c": None, **each} for n, each in enumerate(deals)]
        return told("referrals", "referred_account_id, referred_at", contact=people, opportunity=drawn)

    used, aside = referrals({"referred_by_c": "p"}, {}, {"account_id": "b", "referred_by_c": "BETA"})
    assert used == {"b": ("a", day("2026-01-05"))}
    assert aside == {None: "said again, with no more", "b": "an account that refers to itself"}
    assert referrals({})[1] == {None: "referral without a referrer"}
    assert referrals({"referred_by_c": "Nobody & Co"})[1] == {None: "referrer unknown"}
