"""What a warehouse itself suggests for gtm.toml, and gtm.toml as text that is read back without a complaint."""

from gtm_metrics.proposal.attributes import Proposable, attributes
from gtm_metrics.proposal.proposed import (
    LADDER_WEEKS,
    LEAST_WINS,
    Proposed,
    WonInTime,
    proposed,
    settings_with,
    weeks_for,
)
from gtm_metrics.proposal.written import gtm_toml, settings_of

__all__ = [
    "LADDER_WEEKS",
    "LEAST_WINS",
    "Proposable",
    "Proposed",
    "WonInTime",
    "attributes",
    "gtm_toml",
    "proposed",
    "settings_of",
    "settings_with",
    "weeks_for",
]
