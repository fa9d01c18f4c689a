"""Files and folders beside the journal that may be deleted at any time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.journal.open import journal_url

CACHE = ".cache"
"""How the folder ends that holds what the warehouse was last read as."""


def beside(journal: sa.URL, company: Company, ending: str) -> Path | None:
    """demo.journal.cache beside demo.journal.sqlite; of a journal on a server a name in data beside gtm.toml.

    None for a journal that lies in memory.
    """
    if journal.get_backend_name() != "sqlite":
        name = hashlib.sha256(journal.render_as_string(hide_password=True).encode()).hexdigest()[:16]
        return company.folder / "data" / f"journal-{name}{ending}"
    if not journal.database or journal.database == ":memory:":
        return None
    return Path(journal.database).with_suffix(ending)


def cache_folder(company: Company) -> Path | None:
    """The folder of the company's cache, there or not; None where it has no place, or the journal's URL is none."""
    try:
        return beside(sa.make_url(journal_url(company)), company, CACHE)
    except (sa.exc.ArgumentError, ValueError):
        return None
