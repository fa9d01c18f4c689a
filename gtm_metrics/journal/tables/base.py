"""What all tables of the journal share: the version they have reached, types of columns, names of constraints."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

VERSION = "0005"
"""The last migration: what a journal of this program has gone through."""

JSON = sa.JSON(none_as_null=True)


class Base(DeclarativeBase):
    """What all tables of the journal share: types of columns, and names of constraints that a migration can call."""

    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own name and form
        str: sa.Text(),
        int: sa.BigInteger(),
        float: sa.Double(),
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


def one_of(column: str, allowed: tuple[str, ...]) -> sa.CheckConstraint:
    """The column holds one of these words."""
    return sa.CheckConstraint("{} in ({})".format(column, ", ".join(f"'{one}'" for one in allowed)), name=column)


def replacing(table: str) -> Mapped[int | None]:
    """The number of the row of the same table that this one takes the place of; no row is replaced twice."""
    return mapped_column(sa.Integer, sa.ForeignKey(f"{table}.id"), unique=True)
