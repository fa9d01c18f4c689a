"""What people know of customers: profiles, lists, what was said, and the criteria they set; all of it insert-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gtm_metrics.journal.migrations.versions.v0001_signal import insert_only

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the tables, and the triggers by which the database refuses to change a row of them."""
    _kept(
        "profiles",
        _said("kind"),
        _said("version", sa.BigInteger()),
        _said("sentence"),
        _said("rules", sa.JSON()),
        _said("evidence", sa.JSON()),
        _said("why"),
        _said("who"),
        rules=(
            sa.CheckConstraint("kind in ('ideal', 'negative')", name=op.f("ck_profiles_kind")),
            sa.UniqueConstraint("kind", "version", name="uq_profiles_kind_version"),
        ),
    )
    _kept(
        "lists",
        _said("kind"),
        _said("account_id"),
        _said("account"),
        sa.Column("until", sa.Date()),
        _said("why"),
        _said("who"),
        rules=(sa.CheckConstraint("kind in ('never', 'not_now')", name=op.f("ck_lists_kind")),),
    )
    _kept("notes", _said("account_id"), _said("account"), _said("said"), _said("theme"), _said("who"))
    asked = (
        "'ready', 'willing', 'able', 'can be made successful', 'cost-effective to acquire', "
        "'room to grow', 'will advocate'"
    )
    _kept(
        "criteria",
        _said("criterion"),
        _said("answer"),
        _said("who"),
        rules=(sa.CheckConstraint(f"criterion in ({asked})", name=op.f("ck_criteria_criterion")),),
    )


def _kept(table: str, *columns: sa.Column[Any], rules: tuple[sa.Constraint, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        *columns,
        _said("on", sa.Date()),
        sa.Column("replaces", sa.Integer()),
        _said("gone", sa.Boolean()),
        sa.Column("at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("replaces", name=f"uq_{table}_replaces"),
        sa.ForeignKeyConstraint(["replaces"], [f"{table}.id"], name=f"fk_{table}_replaces"),
        *rules,
    )
    insert_only(table)


def _said(name: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)
