"""The journal's tables: what weeks froze and what people decided. Every row is written once and never changed.

The tables are made by migrations/; these classes are the same shapes for Python.
"""

from gtm_metrics.journal.tables.base import VERSION, Base
from gtm_metrics.journal.tables.fit import (
    CRITERIA,
    IDEAL,
    LISTS,
    NEGATIVE,
    NEVER,
    NOT_NOW,
    PROFILES,
    Criterion,
    Listed,
    Note,
    Profile,
)
from gtm_metrics.journal.tables.signal import (
    DECISIONS,
    LATE,
    LOOSE,
    RECLASSIFIED,
    RECONSTRUCTED,
    THESIS,
    TIGHTEN,
    WEEKLY,
    Audited,
    Decision,
    FrozenAccount,
    FrozenTally,
    Judgement,
    Refresh,
    Registered,
    Restatement,
)

INSERT_ONLY = tuple(sorted(Base.metadata.tables))
"""Tables whose rows are never changed and never deleted: the database itself refuses it."""

__all__ = [
    "CRITERIA",
    "DECISIONS",
    "IDEAL",
    "INSERT_ONLY",
    "LATE",
    "LISTS",
    "LOOSE",
    "NEGATIVE",
    "NEVER",
    "NOT_NOW",
    "PROFILES",
    "RECLASSIFIED",
    "RECONSTRUCTED",
    "THESIS",
    "TIGHTEN",
    "VERSION",
    "WEEKLY",
    "Audited",
    "Base",
    "Criterion",
    "Decision",
    "FrozenAccount",
    "FrozenTally",
    "Judgement",
    "Listed",
    "Note",
    "Profile",
    "Refresh",
    "Registered",
    "Restatement",
]
