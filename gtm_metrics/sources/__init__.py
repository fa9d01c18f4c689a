"""Our tables: what every layout must yield. A layout is a folder of SELECTs here or beside gtm.toml."""

from __future__ import annotations

from dataclasses import dataclass

from gtm_metrics.sources.layouts import (
    SHIPPED,
    Layout,
    Naming,
    layout_folder,
    layout_in,
    naming,
    naming_of,
    shipped_layouts,
)

__all__ = [
    "DOMAINS",
    "SHIPPED",
    "TABLES",
    "Column",
    "Layout",
    "Naming",
    "Table",
    "layout_folder",
    "layout_in",
    "naming",
    "naming_of",
    "shipped_layouts",
]


@dataclass(frozen=True)
class Column:
    """A column of one of our tables.

    kind      text, date, instant (UTC), number, integer or boolean
    required  a row without it is set aside
    known_at  the column from whose instant this one may be used; None: as soon as the row is there
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    known_at: str | None = None


@dataclass(frozen=True)
class Table:
    """One of our tables: its grain, its key, the column that begins a row and the one that may end it."""

    name: str
    grain: str
    key: tuple[str, ...]
    begins: str
    columns: tuple[Column, ...]
    ends: str | None = None
    accounts: tuple[str, ...] = ("account_id",)
    attributes: bool = False

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def dated(self) -> tuple[str, ...]:
        """The names of the columns that hold a day or an instant."""
        return tuple(column.name for column in self.columns if column.kind in ("date", "instant"))


def _c(name: str, kind: str, meaning: str, *, required: bool = False, known_at: str | None = None) -> Column:
    return Column(name, kind, meaning, required, known_at)


_ACCOUNT = _c("account_id", "text", "the account it belongs to", required=True)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "accounts",
            "company we could sell to, customer or not",
            ("account_id",),
            "created_on",
            (
                _c("account_id", "text", "its id in the CRM", required=True),
                _c("name", "text", "what people call it"),
                _c("created_on", "date", "the day it entered the CRM"),
                _c("domain", "text", "its web domain"),
                _c("parent_account_id", "text", "the account it is a part of"),
                _c("lead_source", "text", "how it came to us"),
                _c("owner", "text", "who looks after it"),
                _c("contact", "text", "whom to call there"),
            ),
            accounts=(),
            attributes=True,
        ),
        Table(
            "touches",
            "outreach delivered to an account",
            ("touch_id",),
            "sent_at",
            (
                _c("touch_id", "text", "its id", required=True),
                _ACCOUNT,
                _c("sent_at", "instant", "when it was delivered", required=True),
                _c("channel", "text", "e-mail, call, social, event, ..."),
                _c("direction", "text", "outbound or inbound; null is outbound"),
                _c("campaign", "text", "the campaign or sequence it was part of"),
                _c("replied_at", "instant", "when the account replied to it", known_at="replied_at"),
            ),
        ),
        Table(
            "calls",
            "sales call held",
            ("call_id",),
            "held_at",
            (
                _c("call_id", "text", "its id", required=True),
                _ACCOUNT,
                _c("held_at", "instant", "when it was held", required=True),
                _c("opportunity_id", "text", "the opportunity it was about"),
                _c("minutes", "number", "how long it took"),
                _c("understood", "boolean", "whether the prospect understood our value on this call"),
            ),
        ),
        Table(
            "opportunities",
            "sales opportunity",
            ("opportunity_id",),
            "created_at",
            (
                _c("opportunity_id", "text", "its id", required=True),
                _ACCOUNT,
                _c("created_at", "instant", "when it was opened", required=True),
                _c("type", "text", "new, expansion or renewal; null is new"),
                _c("closed_at", "instant", "when it was decided", known_at="closed_at"),
                _c("outcome", "text", "won, lost or no_decision", known_at="closed_at"),
                _c("win_reason", "text", "why they bought", known_at="closed_at"),
                _c("loss_reason", "text", "why they did not", known_at="closed_at"),
                _c("competitor", "text", "the alternative they had, the status quo included", known_at="closed_at"),
                _c("understood_at", "instant", "when they understood our value", known_at="understood_at"),
                _c("advanced_at", "instant", "when it passed the stage of understanding", known_at="advanced_at"),
                _c("amount", "number", "what it is worth"),
                _c("list_amount", "number", "what it is worth at list price"),
                _c("currency", "text", "of both amounts"),
                _c("champion_title", "text", "the function of the person who wants it"),
                _c("champion_named_at", "instant", "when the champion was recorded", known_at="champion_named_at"),
                _c("people_involved", "integer", "how many people there took part"),
                _c("custom_work_budget", "number", "what they offered to pay for custom work"),
                _c("lead_source", "text", "how it came to us"),
                _c("owner_id", "text", "id of who sells it"),
                _c("owner", "text", "who sells it"),
            ),
        ),
        Table(
            "subscriptions",
            "spell of an account at one price",
            ("subscription_id",),
            "started_on",
            (
                _c("subscription_id", "text", "its id", required=True),
                _ACCOUNT,
                _c("started_on", "date", "first day paid for", required=True),
                _c("ended_on", "date", "first day no longer paid for", known_at="ended_on"),
                _c("mrr", "number", "monthly recurring revenue"),
                _c("currency", "text", "of the revenue"),
                _c("end_reason", "text", "why it ended", known_at="ended_on"),
            ),
            ends="ended_on",
        ),
        Table(
            "nps_responses",
            "answer to the 0-10 question",
            ("account_id", "answered_at", "person_id"),
            "answered_at",
            (
                _ACCOUNT,
                _c("answered_at", "instant", "when it was given", required=True),
                _c("score", "integer", "0 to 10", required=True),
                _c("person_id", "text", "who gave it"),
            ),
        ),
        Table(
            "usage_weeks",
            "account and week of product use",
            ("account_id", "week"),
            "week",
            (
                _ACCOUNT,
                _c("week", "date", "the week, by its Monday", required=True),
                _c("active_users", "integer", "people who used it"),
                _c("seats", "integer", "people who may"),
            ),
        ),
        Table(
            "tickets",
            "support ticket",
            ("ticket_id",),
            "opened_at",
            (
                _c("ticket_id", "text", "its id", required=True),
                _ACCOUNT,
                _c("opened_at", "instant", "when it was opened", required=True),
                _c("closed_at", "instant", "when it was closed", known_at="closed_at"),
            ),
            ends="closed_at",
        ),
        Table(
            "referrals",
            "account that another account brought",
            ("referrer_account_id", "referred_account_id"),
            "referred_at",
            (
                _c("referrer_account_id", "text", "the account that spoke for us", required=True),
                _c("referred_account_id", "text", "the account it brought", required=True),
                _c("referred_at", "instant", "when", required=True),
            ),
            accounts=("referrer_account_id", "referred_account_id"),
        ),
    )
}
"""Our tables by name, in the order they are shown and loaded; only `accounts` is required."""

DOMAINS: dict[tuple[str, str], tuple[str, ...]] = {
    ("opportunities", "outcome"): ("won", "lost", "no_decision"),
    ("opportunities", "type"): ("new", "expansion", "renewal"),
    ("touches", "direction"): ("outbound", "inbound"),
}
"""Columns that hold one of a few words; a row with another word is set aside."""
