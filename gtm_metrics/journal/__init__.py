"""The journal: what people decide and what weeks froze. The only door to it."""

from gtm_metrics.journal.open import JournalError, journal_url, open_journal, reading, writing
from gtm_metrics.journal.read import (
    audit,
    decisions,
    frozen,
    frozen_accounts,
    history,
    last_refresh,
    refreshes,
    registry,
    restatements,
    standing_thesis,
    verdicts,
)
from gtm_metrics.journal.write import append, audited, decide, decided, plain

__all__ = [
    "JournalError",
    "append",
    "audit",
    "audited",
    "decide",
    "decided",
    "decisions",
    "frozen",
    "frozen_accounts",
    "history",
    "journal_url",
    "last_refresh",
    "open_journal",
    "plain",
    "reading",
    "refreshes",
    "registry",
    "restatements",
    "standing_thesis",
    "verdicts",
    "writing",
]
