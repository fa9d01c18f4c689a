"""Pins with their history, market sizes, vouches, judgements, votes, the canvas and champion's cards.

All of it is insert-only but the pins, whose rows are changed version by version.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gtm_metrics.journal.migrations.versions.v0001_signal import insert_only

revision = "0004"
down_revision = "0003"

STATUSES = "'head pin', 'next', 'candidate', 'standing', 'not now', 'never', 'down'"
MARKS = "'untargeted', 'value', 'custom_work', 'authority', 'knowledge', 'recommended', 'leadership', 'order'"
FUNCTIONS = "'founder', 'marketing', 'sales', 'product', 'customer success'"
PARTS = (
    "'competitive alternatives', 'differentiated capabilities', 'value themes', 'best-fit characteristics', "
    "'market category'"
)


def upgrade() -> None:
    """Makes the tables, and the triggers by which the database refuses changes that would lose something."""
    _pins()
    _kept(
        "market_sizes",
        _said("dimension"),
        _said("segment"),
        _said("number", sa.BigInteger()),
        _said("source"),
        _said("dated", sa.Date()),
        _said("who"),
        rules=(_check("market_sizes", "number", "number > 0"),),
    )
    _kept(
        "vouches",
        *map(_said, ("kind", "dimension", "segment", "to_dimension", "to_segment", "name", "what", "who")),
        rules=(_check("vouches", "kind", "kind in ('vouch', 'case study')"),),
    )
    _kept(
        "judgements",
        *map(_said, ("dimension", "segment", "question")),
        _said("value", sa.Double()),
        *map(_said, ("why", "who")),
        rules=(
            _check("judgements", "question", f"question in ({MARKS})"),
            _check("judgements", "value", "value >= 0"),
        ),
    )
    _kept(
        "votes",
        *map(_said, ("function", "person", "dimension", "segment", "reasons", "who")),
        rules=(_check("votes", "function", f"function in ({FUNCTIONS})"),),
    )
    _kept(
        "canvas",
        _said("part"),
        _said("version", sa.BigInteger()),
        _said("text"),
        _said("evidence", sa.JSON()),
        _said("who"),
        rules=(
            _check("canvas", "part", f"part in ({PARTS})"),
            sa.UniqueConstraint("part", "version", name="uq_canvas_part_version"),
        ),
    )
    _kept(
        "cards",
        _said("title"),
        _said("version", sa.BigInteger()),
        _said("answers", sa.JSON()),
        _said("who"),
        rules=(sa.UniqueConstraint("title", "version", name="uq_cards_title_version"),),
    )


def _pins() -> None:
    op.create_table(
        "pins",
        _number(),
        _said("dimension"),
        _said("segment"),
        sa.Column("rule", sa.JSON()),
        _said("status"),
        sa.Column("position", sa.BigInteger()),
        _said("owner"),
        _said("notes"),
        _said("version", sa.BigInteger()),
        _said("who"),
        _said("on", sa.Date()),
        _said("gone", sa.Boolean()),
        _now(),
        sa.PrimaryKeyConstraint("id", name="pk_pins"),
        sa.UniqueConstraint("dimension", "segment", name="uq_pins_dimension_segment"),
        _check("pins", "status", f"status in ({STATUSES})"),
        _check("pins", "position", "position between 0 and 14"),
    )
    op.create_table(
        "pin_events",
        _number(),
        _said("pin", sa.Integer()),
        _said("version", sa.BigInteger()),
        _said("then", sa.JSON()),
        _said("now", sa.JSON()),
        _said("why"),
        _said("who"),
        _said("on", sa.Date()),
        sa.Column("undoes", sa.Integer()),
        _now(),
        sa.PrimaryKeyConstraint("id", name="pk_pin_events"),
        sa.UniqueConstraint("pin", "version", name="uq_pin_events_pin_version"),
        sa.UniqueConstraint("undoes", name="uq_pin_events_undoes"),
        sa.ForeignKeyConstraint(["pin"], ["pins.id"], name="fk_pin_events_pin"),
        sa.ForeignKeyConstraint(["undoes"], ["pin_events.id"], name="fk_pin_events_undoes"),
    )
    insert_only("pin_events")
    _version_by_version("pins")


def _version_by_version(table: str) -> None:
    """The database refuses to delete a row, to change what it is called by, and to change it without counting on."""
    said, counted = f"{table} are changed version by version", "old.version + 1"
    names = ("id", "dimension", "segment")
    if op.get_bind().dialect.name == "sqlite":
        moved = " or ".join([f"new.version is not {counted}", *(f"new.{name} is not old.{name}" for name in names)])
        refused = f"begin select raise(abort, '{said}'); end"
        op.execute(f"create trigger {table}_no_delete before delete on {table} {refused}")
        op.execute(f"create trigger {table}_version before update on {table} when {moved} {refused}")
        return
    moved = " or ".join(
        [f"new.version is distinct from {counted}", *(f"new.{name} is distinct from old.{name}" for name in names)]
    )
    refused = f"raise exception '{said}' using errcode = 'restrict_violation';"
    op.execute(
        f"create function {table}_version() returns trigger language plpgsql as "
        f"$body$ begin if {moved} then {refused} end if; return new; end $body$"
    )
    op.execute(
        f"create trigger {table}_version before update on {table} for each row execute function {table}_version()"
    )
    op.execute(
        f"create function {table}_no_delete() returns trigger language plpgsql as $body$ begin {refused} end $body$"
    )
    op.execute(
        f"create trigger {table}_no_delete before delete or truncate on {table} "
        f"for each statement execute function {table}_no_delete()"
    )


def _kept(table: str, *columns: sa.Column[Any], rules: tuple[sa.Constraint, ...] = ()) -> None:
    op.create_table(
        table,
        _number(),
        *columns,
        _said("on", sa.Date()),
        sa.Column("replaces", sa.Integer()),
        _said("gone", sa.Boolean()),
        _now(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("replaces", name=f"uq_{table}_replaces"),
        sa.ForeignKeyConstraint(["replaces"], [f"{table}.id"], name=f"fk_{table}_replaces"),
        *rules,
    )
    insert_only(table)


def _number() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False, autoincrement=True)


def _said(name: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)


def _now() -> sa.Column[Any]:
    return sa.Column("at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False)


def _check(table: str, column: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{column}"))
