"""SETTINGS, every line that gtm.toml may hold: name, default, range, unit and one sentence each.

The definitions page and docs/settings.md print it, so a setting that is not in the list does not exist.
"""

from __future__ import annotations

from gtm_metrics.company.settings.counting import COUNTING, LIMITS, STATUS_QUO, WEIGHTS
from gtm_metrics.company.settings.people import PEOPLE
from gtm_metrics.company.settings.places import DEFAULT_URL, JOURNAL, WAREHOUSE
from gtm_metrics.company.settings.setting import Setting

SETTINGS: tuple[Setting, ...] = (*WAREHOUSE, *COUNTING, *JOURNAL, *PEOPLE)

SECRET = ("warehouse.url", "journal.url")
"""Settings that may hold a password: they are never shown."""
BY_KEY = {setting.key: setting for setting in SETTINGS}

__all__ = ["BY_KEY", "DEFAULT_URL", "LIMITS", "SECRET", "SETTINGS", "STATUS_QUO", "WEIGHTS", "Setting"]
