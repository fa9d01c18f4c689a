"""Which segment stood as the thesis when it was registered: half of alpha is given then, and cannot be moved later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the column; a segment that was judged as a thesis so far stays one."""
    op.add_column("segment_registry", sa.Column("thesis", sa.Boolean(), nullable=False, server_default=sa.false()))
    judged = sa.text(
        "select distinct epoch, dimension, segment from verdicts where thesis = :yes order by epoch, dimension, segment"
    )
    theses = [dict(row) for row in op.get_bind().execute(judged, {"yes": True}).mappings()]
    if theses:
        _mark(theses)


def _mark(theses: list[dict[str, object]]) -> None:
    """The one change the table ever sees; whoever comes after is refused again."""
    bind = op.get_bind()
    these = "epoch = :epoch and dimension = :dimension and segment = :segment"
    told = sa.text(f"update segment_registry set thesis = true where {these}")
    if bind.dialect.name == "sqlite":
        name = "segment_registry_no_update"
        made = bind.execute(sa.text("select sql from sqlite_master where name = :name"), {"name": name}).scalar_one()
        op.execute(f"drop trigger {name}")
        bind.execute(told, theses)
        op.execute(str(made))
        return
    op.execute("alter table segment_registry disable trigger segment_registry_insert_only")
    bind.execute(told, theses)
    op.execute("alter table segment_registry enable trigger segment_registry_insert_only")
