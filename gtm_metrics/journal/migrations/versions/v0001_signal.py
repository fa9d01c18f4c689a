"""What the signal keeps: refreshes, registered segments, frozen counts, verdicts, decisions; all of it insert-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSERT_ONLY = (
    "refreshes",
    "segment_registry",
    "frozen_tallies",
    "restatements",
    "verdicts",
    "decisions",
    "frozen_accounts",
    "audit",
)


def upgrade() -> None:
    """Makes the tables, and the triggers by which the database refuses to change a row of them."""
    op.create_table(
        "refreshes",
        _key("epoch", sa.BigInteger()),
        _key("week", sa.Date()),
        _said("as_of", sa.Date()),
        _said("by", sa.Text()),
        _said("kind", sa.Text()),
        _said("first_week", sa.Date()),
        _said("rules_hash", sa.Text()),
        _said("code_version", sa.Text()),
        _open("data_through", sa.Date()),
        _now(),
        _said("settings", sa.JSON()),
        _said("metrics", sa.JSON()),
        _said("frozen", sa.JSON()),
        _said("k", sa.BigInteger()),
        _said("alpha", sa.Double()),
        _said("luck", sa.Double()),
        _open("verdict", sa.JSON()),
        sa.PrimaryKeyConstraint("epoch", "week", name="pk_refreshes"),
        sa.CheckConstraint("kind in ('weekly', 'reconstructed')", name=op.f("ck_refreshes_kind")),
    )
    op.create_table(
        "segment_registry",
        _key("epoch", sa.BigInteger()),
        _key("dimension", sa.Text()),
        _key("segment", sa.Text()),
        _said("definition", sa.Text()),
        _said("definition_hash", sa.Text()),
        _said("registered_week", sa.Date()),
        _said("first_week", sa.Date()),
        _said("batch", sa.BigInteger()),
        _said("k_at_birth", sa.BigInteger()),
        sa.PrimaryKeyConstraint("epoch", "dimension", "segment", name="pk_segment_registry"),
        _of_refresh("segment_registry", "registered_week"),
    )
    op.create_table(
        "frozen_tallies",
        _key("epoch", sa.BigInteger()),
        _key("dimension", sa.Text()),
        _key("metric", sa.Text()),
        _key("week", sa.Date()),
        _key("segment", sa.Text()),
        _key("band", sa.Text()),
        *_counts(),
        sa.PrimaryKeyConstraint("epoch", "dimension", "metric", "week", "segment", "band", name="pk_frozen_tallies"),
        _of_refresh("frozen_tallies", "frozen_in"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "restatements",
        _key("id", sa.Integer()),
        _said("epoch", sa.BigInteger()),
        _said("dimension", sa.Text()),
        _said("metric", sa.Text()),
        _said("week", sa.Date()),
        _said("segment", sa.Text()),
        _said("kind", sa.Text()),
        _said("then_trials", sa.BigInteger()),
        _said("then_successes", sa.BigInteger()),
        _said("now_trials", sa.BigInteger()),
        _said("now_successes", sa.BigInteger()),
        _said("noticed_in", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_restatements"),
        sa.CheckConstraint("kind in ('late', 'reclassified')", name=op.f("ck_restatements_kind")),
        _of_refresh("restatements", "noticed_in"),
    )
    op.create_table(
        "verdicts",
        _key("epoch", sa.BigInteger()),
        _key("week", sa.Date()),
        _key("dimension", sa.Text()),
        _key("segment", sa.Text()),
        _said("state", sa.Text()),
        _open("since", sa.Date()),
        _open("log_e_any", sa.Double()),
        _open("log_e_two", sa.Double()),
        _open("threshold", sa.Double()),
        _said("carrying", sa.JSON()),
        _open("gates", sa.JSON()),
        _open("metrics", sa.JSON()),
        _said("fading", sa.Boolean()),
        _open("weeks_to_decide", sa.Double()),
        _said("why_not_decidable", sa.Text()),
        _said("reopened_before", sa.BigInteger()),
        _open("reopen", sa.Double()),
        _open("evidence_since", sa.Date()),
        _said("thesis", sa.Boolean()),
        _said("code_version", sa.Text()),
        sa.PrimaryKeyConstraint("epoch", "week", "dimension", "segment", name="pk_verdicts"),
        _of_refresh("verdicts", "week"),
        sa.ForeignKeyConstraint(
            ["epoch", "dimension", "segment"],
            ["segment_registry.epoch", "segment_registry.dimension", "segment_registry.segment"],
            name="fk_verdicts_epoch_dimension_segment",
        ),
    )
    op.create_table(
        "decisions",
        _key("id", sa.Integer()),
        _said("kind", sa.Text()),
        _said("dimension", sa.Text()),
        _said("segment", sa.Text()),
        _said("why", sa.Text()),
        _said("who", sa.Text()),
        _open("review_on", sa.Date()),
        _said("decided_at", sa.Date()),
        _said("week", sa.Date()),
        _open("evidence", sa.JSON()),
        _open("replaces", sa.Integer()),
        _now(),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("replaces", name="uq_decisions_replaces"),
        sa.CheckConstraint("kind in ('tighten', 'loose', 'thesis')", name=op.f("ck_decisions_kind")),
        sa.ForeignKeyConstraint(["replaces"], ["decisions.id"], name="fk_decisions_replaces"),
    )
    op.create_table(
        "frozen_accounts",
        _key("epoch", sa.BigInteger()),
        _key("dimension", sa.Text()),
        _key("segment", sa.Text()),
        _key("metric", sa.Text()),
        _key("account_id", sa.Text()),
        _key("week", sa.Date()),
        _key("band", sa.Text()),
        *_counts(),
        sa.PrimaryKeyConstraint(
            "epoch", "dimension", "segment", "metric", "account_id", "week", "band", name="pk_frozen_accounts"
        ),
        _of_refresh("frozen_accounts", "frozen_in"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        _key("id", sa.Integer()),
        _now(),
        _said("who", sa.Text()),
        _said("what", sa.Text()),
        _said("details", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    for table in INSERT_ONLY:
        insert_only(table)


def insert_only(table: str) -> None:
    """The database refuses to change or delete a row of the table, whoever asks."""
    said = f"{table} is insert-only"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{act} before {act} on {table} begin select raise(abort, '{said}'); end"
            )
        return
    op.execute(
        f"create function {table}_insert_only() returns trigger language plpgsql as "
        f"$body$ begin raise exception '{said}' using errcode = 'restrict_violation'; end $body$"
    )
    op.execute(
        f"create trigger {table}_insert_only before update or delete or truncate on {table} "
        f"for each statement execute function {table}_insert_only()"
    )


def _key(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, autoincrement=name == "id")


def _said(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _open(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _now() -> sa.Column[Any]:
    return sa.Column("at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False)


def _counts() -> tuple[sa.Column[Any], ...]:
    return (
        _said("trials", sa.BigInteger()),
        _said("successes", sa.BigInteger()),
        _said("frozen_in", sa.Date()),
    )


def _of_refresh(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["epoch", column], ["refreshes.epoch", "refreshes.week"], name=f"fk_{table}_epoch_{column}"
    )
