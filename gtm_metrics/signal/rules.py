"""The signal's constants, which gtm.toml sets: see gtm_metrics/rules.py."""

from gtm_metrics.rules import CONSTANTS, DEFAULTS, Constant, Rules

__all__ = ["CONSTANTS", "DEFAULTS", "Constant", "Rules"]
