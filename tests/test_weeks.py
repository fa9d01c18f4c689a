"""The calendar: which day's decisions count for what is looked at."""

from __future__ import annotations

from datetime import date

import pytest

from gtm_metrics.weeks import known_by

LONG_AGO, THROUGH, TODAY, LATER = date(2026, 8, 3), date(2026, 11, 16), date(2026, 11, 28), date(2027, 1, 4)


@pytest.mark.parametrize(("as_of", "through", "known"), [
    (THROUGH, THROUGH, TODAY),
    (TODAY, THROUGH, TODAY),
    (LATER, THROUGH, LATER),
    (LONG_AGO, THROUGH, LONG_AGO),
    (LONG_AGO, None, TODAY),
])  # fmt: skip
def test_the_present_knows_what_was_decided_since_the_data_end(as_of, through, known):
    """On the last day with data, or later, people are ahead of the data; of a day before it counts what was known."""
    assert known_by(as_of, through, TODAY) == known
