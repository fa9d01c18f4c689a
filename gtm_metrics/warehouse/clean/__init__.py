"""Read = used + set aside: every row of a table in our types, with the reason why it is not used, or none."""

from gtm_metrics.warehouse.clean.mark import (
    COPIES,
    DATED,
    REASONS,
    Writing,
    is_filled,
    marked,
    profile,
    typed,
    untidy,
    used,
)

__all__ = ["COPIES", "DATED", "REASONS", "Writing", "is_filled", "marked", "profile", "typed", "untidy", "used"]
