"""What weeks froze and judged, and what was decided on it.

Weeks are Mondays. `epoch` counts the settings under which evidence was gathered: a setting that changes a count opens
the next one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gtm_metrics.journal.tables.base import Base

WEEKLY, RECONSTRUCTED = "weekly", "reconstructed"
LATE, RECLASSIFIED = "late", "reclassified"
TIGHTEN, LOOSE, THESIS = "tighten", "loose", "thesis"
DECISIONS = (TIGHTEN, LOOSE, THESIS)


def _of_refresh(column: str) -> sa.ForeignKeyConstraint:
    """A row belongs to the refresh that wrote it."""
    return sa.ForeignKeyConstraint(["epoch", column], ["refreshes.epoch", "refreshes.week"])


class Refresh(Base):
    """One row a refreshed week: its primary key is the lock that lets one refresh a week through.

    kind        weekly, or reconstructed: computed later, from what the warehouse held then
    first_week  first refresh week of the epoch's data, where its clock begins
    settings    what changes a count, as it was; rules_hash is its hash
    metrics     the evidence metrics of the epoch, in order, fixed when it was opened
    frozen      {dimension: {metric: [first frozen week or null for all, last frozen week]}} after this refresh
    verdict     what is said of the week: the fields of signal.Verdict
    """

    __tablename__ = "refreshes"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    week: Mapped[date] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    by: Mapped[str]
    kind: Mapped[str] = mapped_column(sa.CheckConstraint(f"kind in ('{WEEKLY}', '{RECONSTRUCTED}')", name="kind"))
    first_week: Mapped[date]
    rules_hash: Mapped[str]
    code_version: Mapped[str]
    data_through: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
    settings: Mapped[dict[str, Any]]
    metrics: Mapped[list[str]]
    frozen: Mapped[dict[str, Any]]
    k: Mapped[int]
    alpha: Mapped[float]
    luck: Mapped[float]
    verdict: Mapped[dict[str, Any] | None]


class Registered(Base):
    """One row a segment that is judged, from `first_week` on; never deleted, so K never falls.

    thesis  it stood as the thesis when its batch was registered: then, and never later, it is given half of alpha
    """

    __tablename__ = "segment_registry"
    __table_args__ = (_of_refresh("registered_week"),)

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]
    definition_hash: Mapped[str]
    registered_week: Mapped[date]
    first_week: Mapped[date]
    batch: Mapped[int]
    k_at_birth: Mapped[int]
    thesis: Mapped[bool] = mapped_column(server_default=sa.false())


class FrozenTally(Base):
    """One row a cell of a week's table as it was when the week was frozen, in the refresh of `frozen_in`."""

    __tablename__ = "frozen_tallies"
    __table_args__ = (_of_refresh("frozen_in"), {"sqlite_with_rowid": False})

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    band: Mapped[str] = mapped_column(primary_key=True)
    trials: Mapped[int]
    successes: Mapped[int]
    frozen_in: Mapped[date]


class Restatement(Base):
    """One row a frozen count that the warehouse tells otherwise since the refresh of `noticed_in`.

    kind  late: the week's total moved; reclassified: the total stayed, segments did not
    """

    __tablename__ = "restatements"
    __table_args__ = (
        _of_refresh("noticed_in"),
        sa.CheckConstraint(f"kind in ('{LATE}', '{RECLASSIFIED}')", name="kind"),
    )

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    epoch: Mapped[int]
    dimension: Mapped[str]
    metric: Mapped[str]
    week: Mapped[date]
    segment: Mapped[str]
    kind: Mapped[str]
    then_trials: Mapped[int]
    then_successes: Mapped[int]
    now_trials: Mapped[int]
    now_successes: Mapped[int]
    noticed_in: Mapped[date]


class Judgement(Base):
    """One row a segment and week: its state and the evidence for it. Gates and metrics stand in weeks that were told.

    log_e_any, log_e_two  natural logarithms of the e-values; threshold a plain e-value
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        _of_refresh("week"),
        sa.ForeignKeyConstraint(
            ["epoch", "dimension", "segment"],
            ["segment_registry.epoch", "segment_registry.dimension", "segment_registry.segment"],
        ),
    )

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    week: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[date | None]
    log_e_any: Mapped[float | None]
    log_e_two: Mapped[float | None]
    threshold: Mapped[float | None]
    carrying: Mapped[list[str]]
    gates: Mapped[dict[str, Any] | None]
    metrics: Mapped[dict[str, Any] | None]
    fading: Mapped[bool]
    weeks_to_decide: Mapped[float | None]
    why_not_decidable: Mapped[str]
    reopened_before: Mapped[int]
    reopen: Mapped[float | None]
    evidence_since: Mapped[date | None]
    thesis: Mapped[bool]
    code_version: Mapped[str]


class Decision(Base):
    """One row a decision of people. `week` is the refresh it first counts in; `replaces` the decision it takes back.

    kind      tighten, loose (stay or go back to selling broadly) or thesis (a segment named in advance; without a
              segment it only takes another thesis back)
    evidence  the segment's last verdict on the day of the decision
    """

    __tablename__ = "decisions"
    __table_args__ = (
        sa.CheckConstraint("kind in ({})".format(", ".join(f"'{kind}'" for kind in DECISIONS)), name="kind"),
    )

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str]
    dimension: Mapped[str]
    segment: Mapped[str]
    why: Mapped[str]
    who: Mapped[str]
    review_on: Mapped[date | None]
    decided_at: Mapped[date]
    week: Mapped[date]
    evidence: Mapped[dict[str, Any] | None]
    replaces: Mapped[int | None] = mapped_column(sa.Integer, sa.ForeignKey("decisions.id"), unique=True)
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class FrozenAccount(Base):
    """One row a cell of an account whose removal a segment's lead must survive (the fifth gate)."""

    __tablename__ = "frozen_accounts"
    __table_args__ = (_of_refresh("frozen_in"), {"sqlite_with_rowid": False})

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    band: Mapped[str] = mapped_column(primary_key=True)
    trials: Mapped[int]
    successes: Mapped[int]
    frozen_in: Mapped[date]


class Audited(Base):
    """One row a thing that happened to the journal: an epoch opened, segments registered, a decision."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
    who: Mapped[str]
    what: Mapped[str]
    details: Mapped[dict[str, Any]]
