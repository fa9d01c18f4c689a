"""The slides a deck printed; insert-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gtm_metrics.journal.migrations.versions.v0001_signal import insert_only

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table, and the triggers by which the database refuses to change a row of it."""
    op.create_table(
        "slides",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        _said("asked"),
        _said("version", sa.BigInteger()),
        _said("finding"),
        _said("as_of", sa.Date()),
        _said("slide", sa.JSON()),
        _said("code_version"),
        _said("who"),
        _said("on", sa.Date()),
        sa.Column("at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slides"),
        sa.UniqueConstraint("asked", "version", name="uq_slides_asked_version"),
    )
    insert_only("slides")


def _said(name: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)
