"""The weekly act: what can still change is asked of the warehouse, what is settled is frozen, judged and kept."""

from gtm_metrics.refresh.act import Outcome, is_due, refresh
from gtm_metrics.refresh.calendar import week_due

__all__ = ["Outcome", "is_due", "refresh", "week_due"]
