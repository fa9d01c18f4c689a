"""A screen of the funnel: which measures it has, in which order segments stand, and how long a point of a trend is."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from gtm_metrics.funnel import on_home, over_time, screened
from gtm_metrics.metrics import METRICS, metric_named
from gtm_metrics.question import ALL, Question, Tally

AS_OF = date(2026, 11, 16)
LAST = date(2026, 11, 2)
QUESTION = Question(AS_OF, ("industry",))
CLOSE, RESPONSE, WON_IN_TIME = (metric_named(name) for name in ("close_rate", "response_rate", "won_in_time"))


def tally(metric, counts, weeks=1, status="ok"):
    """A tally in which every week has these (trials, successes) a segment."""
    mondays = [LAST - timedelta(weeks=i) for i in range(weeks)]
    rows = [(name, monday, "", *count) for name, count in counts.items() for monday in mondays]
    frame = pd.DataFrame(rows, columns=["segment", "week", "band", "trials", "successes"])
    frame["week"] = pd.to_datetime(frame["week"]).astype("datetime64[us]")
    why = "" if status == "ok" else "no deal was ever lost"
    return Tally(metric.name, QUESTION, frame, status, why, mondays[-1], LAST, data_through=AS_OF)


def test_segments_stand_in_order_of_lead_over_all_measures():
    """All accounts first, then whoever leads over both measures; rows, standings and finding speak of the same."""
    found = screened((RESPONSE, CLOSE), {
        "response_rate": tally(RESPONSE, {"Behind": (900, 90), "Ahead": (900, 270), "Level": (900, 170)}),
        "close_rate": tally(CLOSE, {"Behind": (200, 40), "Ahead": (200, 90), "Level": (200, 60)}),
    })  # fmt: skip
    assert found.segments == ["Ahead", "Level", "Behind"]
    assert list(found.rows["close_rate"]["segment"]) == [ALL, "Ahead", "Level", "Behind"]
    assert list(found.every_row["metric"]) == ["response_rate"] * 4 + ["close_rate"] * 4
    assert found.finding.segment == "Ahead"
    assert set(found.standings) == {"response_rate", "close_rate"}


def test_won_in_time_stands_for_a_close_rate_that_cannot_be_measured():
    """Where deals are lost it is no measure of the home page; where none is it stands there under its own name."""
    asked = []

    def ask(status):
        def counted(metric, question):
            asked.append((metric.name, question))
            return tally(metric, {"A": (1, 1)}, status=status)

        return counted

    usual = [metric for metric in METRICS if metric.on_home]
    assert WON_IN_TIME not in usual
    assert on_home(METRICS, ask("ok"), QUESTION) == tuple(usual)
    assert on_home(METRICS, ask("not_measurable"), QUESTION) == tuple(m for m in METRICS if m in (*usual, WON_IN_TIME))
    assert set(asked) == {("close_rate", QUESTION)}


def test_a_trend_takes_the_shortest_periods_most_of_which_have_enough():
    """Deals a week 10: a close rate needs 30, so four weeks do; at 3 a week a quarter does; at 1 nothing shorter
    than the last span, which is told all the same."""
    for deals, span in ((10, 4), (3, 13), (1, 26)):
        weeks_asked = []

        def counted(weeks, deals=deals, weeks_asked=weeks_asked):
            weeks_asked.append(weeks)
            return tally(CLOSE, {"A": (deals, 0), "B": (50, 9)}, weeks)

        frame, told, last = over_time(counted, CLOSE, "A")
        assert told == span
        assert weeks_asked == [52, 104, 156][: len(weeks_asked)]
        assert (frame["period_end"] - frame["period_start"]).map(lambda days: days.days + 1).eq(7 * span).all()
        assert last.first_week == LAST - timedelta(weeks=weeks_asked[-1] - 1)
