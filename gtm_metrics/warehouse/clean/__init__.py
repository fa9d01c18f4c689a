"""Read = used + set aside: every row of a table in our types, with the reason why it is not used, or none.

The marking is one SELECT a table, the same on every warehouse. The embedded warehouse runs it once, when it is
loaded; elsewhere it stands under every query.
"""

from gtm_metrics.warehouse.clean.mark import COPIES, REASONS, marked
from gtm_metrics.warehouse.clean.typed import is_filled, typed, untidy
from gtm_metrics.warehouse.clean.used import profile, used
from gtm_metrics.warehouse.clean.writing import Writing

__all__ = ["COPIES", "REASONS", "Writing", "is_filled", "marked", "profile", "typed", "untidy", "used"]
