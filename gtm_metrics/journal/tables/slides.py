"""The slides a deck printed: what stood on each, so that the same deck gives the same figures ever after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gtm_metrics.journal.tables.base import Base


class Printed(Base):
    """One row a slide that was printed, and each time it was printed anew.

    asked    what it is found again by: its finding, the day, the dimension, the window, the segment
    version  counts the printings of one question from 1; the last one is shown
    slide    its texts, the numbers of its charts and its tables
    """

    __tablename__ = "slides"
    __table_args__ = (sa.UniqueConstraint("asked", "version"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    asked: Mapped[str]
    version: Mapped[int]
    finding: Mapped[str]
    as_of: Mapped[date]
    slide: Mapped[dict[str, Any]]
    code_version: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
