"""Traps of segments: what is not set, numbers cut into bands, crossed dimensions, mixes that turn a rate round."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from conftest import TODAY

from gtm_metrics.company import Refused
from gtm_metrics.estimates import restricted_mean_calls
from gtm_metrics.funnel import funnel
from gtm_metrics.question import NOT_SET
from gtm_metrics.tallies.offered import why_not_each
from gtm_metrics.warehouse import Meter

pytestmark = pytest.mark.xdist_group("traps")
SETTINGS = {"segments": {"edges": {"employees": [50, 200], "score": [0.5]}}}


def test_null_segment(told):
    """A missing or blank attribute is the segment "(not set)": kept in every total, under no other name.

    accounts | account | industry
             | a       | Software
             | b       |
             | c       |
    touches  | account | sent_at    | replied_at
             | a       | 2025-01-06 |
             | b       | 2025-01-06 | 2025-01-07
             | c       | 2025-01-06 |
    """
    by_segment = told.by("response_rate", "segment", by=("industry",))
    assert by_segment == {"Software": (1, 0), NOT_SET: (2, 1)}
    assert told("response_rate") == (3, 1)
    assert told("response_rate", scope=(("industry", NOT_SET),)) == (2, 1)


def test_blank_is_not_set(warehouse_of):
    """Spaces and the empty text are no value; letters that differ in case are different segments."""
    accounts = pd.DataFrame({"account_id": list("abcd"), "industry": ["", "  ", " Software ", "software"]})
    touches = pd.DataFrame({"touch_id": list("abcd"), "account_id": list("abcd"), "sent_at": date(2025, 1, 6),
                            "replied_at": [date(2025, 1, 7), None, None, None]})
    frame = warehouse_of({"accounts": accounts, "touches": touches}).tally("response_rate", by=("industry",)).frame
    assert dict(zip(frame["segment"], frame["trials"], strict=True)) == {NOT_SET: 2, "Software": 1, "software": 1}


def test_numeric_edges(told):
    """A number is cut at fixed edges, an edge belonging to the band above it; a missing number is "(not set)".

    accounts | account | employees | score
             | a       | 0         | 0.49
             | b       | 49        | 0.5
             | c       | 50        | 0.51
             | d       | 199       | 1
             | e       | 200       |
             | f       |           |
    touches  | account | sent_at
             | a       | 2025-01-06
             | b       | 2025-01-06
             | c       | 2025-01-06
             | d       | 2025-01-06
             | e       | 2025-01-06
             | f       | 2025-01-06
    """
    counts = told.by("response_rate", "segment", by=("employees",))
    assert counts == {"under 50": (2, 0), "50 to 199": (2, 0), "200 and more": (1, 0), NOT_SET: (1, 0)}
    counts = told.by("response_rate", "segment", by=("score",))
    assert counts == {"under 0.5": (1, 0), "0.5 and more": (3, 0), NOT_SET: (2, 0)}


def test_a_number_without_edges(told):
    """A number nobody has cut is no dimension, because every value would be a segment.

    accounts | account | seats
             | a       | 7
             | b       | 12
    """
    with pytest.raises(Refused, match="seats is a number; give it edges"):
        told.tally("response_rate", by=("seats",))


def test_yes_and_no(told):
    """An attribute of true and false has the segments yes, no and "(not set)".

    accounts | account | pilot
             | a       | true
             | b       | False
             | c       |
    touches  | account | sent_at
             | a       | 2025-01-06
             | b       | 2025-01-06
             | c       | 2025-01-06
    """
    assert told.by("response_rate", "segment", by=("pilot",)) == {"yes": (1, 0), "no": (1, 0), NOT_SET: (1, 0)}


def test_crossed_dimensions(told):
    """Two crossed dimensions give two columns, "(not set)" in either; segments are the pairs that occur.

    accounts | account | industry | region
             | a       | Software | EU
             | b       | Software | US
             | c       | Health   |
             | d       |          | EU
    touches  | account | sent_at    | replied_at
             | a       | 2025-01-06 | 2025-01-07
             | b       | 2025-01-06 |
             | c       | 2025-01-06 |
             | d       | 2025-01-06 |
    """
    counts = told.by("response_rate", "segment", "segment_2", by=("industry", "region"))
    assert counts == {("Health", NOT_SET): (1, 0), ("Software", "EU"): (1, 1), ("Software", "US"): (1, 0),
                      (NOT_SET, "EU"): (1, 0)}
    assert told.by("response_rate", "segment", "within", by=("industry",), within="region") == counts


def test_churn_of_crossed_dimensions(told):
    """Customer-weeks are crossed like any other trial, with nobody at risk where no pair occurs.

    accounts      | account | industry | region
                  | a       | Software | EU
                  | b       | Health   | US
    subscriptions | account | started_on | ended_on
                  | a       | 2025-02-03 | 2025-02-10
                  | b       | 2025-02-10 | 2025-02-16
    """
    assert told.by("churn", "segment", "segment_2", "week", by=("industry", "region")) == {
        ("Health", "US", "2025-02-10"): (1, 1),
        ("Software", "EU", "2025-02-03"): (1, 0),
        ("Software", "EU", "2025-02-10"): (1, 1),
    }


def test_learned_by_winning(warehouse_of):
    """A dimension that is filled in when a deal is won is refused for close_rate and won_in_time, with the reason.

                       | won with it | others with it | refused
        use_case       | 5 of 10     | 1 of 21        | yes: 4.8 % is under a tenth of 50 %
        team           | 10 of 10    | 2 of 21        | yes: 9.5 % is under a tenth of 100 %
        marketing_tool | 10 of 10    | 3 of 21        | no: 14 %
        region         | 4 of 10     | 0 of 21        | no: set for under half of the won
    """
    won, others = 10, 21
    filled = {"use_case": (5, 1), "team": (10, 2), "marketing_tool": (10, 3), "region": (4, 0)}
    ids = [f"a{n:02}" for n in range(won + others)]
    accounts = {name: [*["x"] * w, *[None] * (won - w), *["x"] * o, *[None] * (others - o)]
                for name, (w, o) in filled.items()}
    lost = ["lost"] * 7 + ["no_decision"] * 7 + [None] * 7
    deals = pd.DataFrame({"opportunity_id": ids, "account_id": ids, "created_at": date(2025, 1, 6),
                          "closed_at": date(2025, 1, 20), "outcome": ["won"] * won + lost})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ids, **accounts}), "opportunities": deals})
    for metric in ("close_rate", "won_in_time"):
        said = {name: small.tally(metric, by=(name,)) for name in filled}
        refused = {name for name, tally in said.items() if tally.status == "not_measurable"}
        assert refused == {"use_case", "team"}
        assert "100% of the won deals and 10% of the others: it was learned by winning" in said["team"].why
        assert said["team"].frame.empty
    # asked for together, the four are one query and say the same
    meter, metric = Meter(), small.metric("won_in_time")
    together = replace(small.warehouse, remembered={}, meter=meter)
    said = why_not_each(together, metric, TODAY, tuple(filled))
    assert said == {name: small.tally("won_in_time", by=(name,)).why for name in filled}
    assert meter.queries == 1
    assert small.tally("reached_opportunity", by=("team",)).status == "not_connected"
    # before anything was won there was nothing to learn it by
    assert small.tally("won_in_time", date(2025, 1, 19), by=("team",)).status == "ok"


def test_simpson(warehouse_of):
    """A segment can win more often at every size and still look worse in total; a stratum within turns it round.

                     | small stones | large stones | all
        open surgery | 81 of 87     | 192 of 263   | 273 of 350
        nephrolith.  | 234 of 270   | 55 of 80     | 289 of 350
    """
    # Charig, Webb, Payne and Wickham, BMJ 292 (1986) 879-882, as told by Julious and Mullee, BMJ 309 (1994) 1480
    published = {("open", "small"): (81, 87), ("open", "large"): (192, 263),
                 ("closed", "small"): (234, 270), ("closed", "large"): (55, 80)}
    rows = [(way, size, n < won) for (way, size), (won, all_) in published.items() for n in range(all_)]
    ids = [f"{n:03}" for n in range(len(rows))]
    small = warehouse_of({
        "accounts": pd.DataFrame({"account_id": ids, "way": [w for w, _, _ in rows], "size": [s for _, s, _ in rows]}),
        "opportunities": pd.DataFrame({
            "opportunity_id": ids, "account_id": ids, "created_at": date(2025, 1, 6), "closed_at": date(2025, 1, 20),
            "outcome": ["won" if won else "lost" for _, _, won in rows]})})
    metric = small.metric("close_rate")
    pooled = funnel(small.tally("close_rate", by=("way",)), metric).set_index("segment")
    within = funnel(small.tally("close_rate", by=("way",), within="size"), metric).set_index("segment")
    assert pooled.loc["open", "estimate"] == pytest.approx(273 / 350)
    assert pooled.loc["closed", "estimate"] == pytest.approx(289 / 350)
    assert pooled.loc["open", "ratio"] < 1 < within.loc["open", "ratio"]
    assert list(within.loc["open", ["trials", "successes"]]) == [350, 273]


def test_prospects_who_never_understood(warehouse_of):
    """The mean over those who understood ranks the bad segment first; counting those who left ranks it last.

              | understood on call 1, 2, 3, 4 | left after call 1, 2, 3 | naive mean   | restricted mean
        good  | 3, 4, 2, 2                    | nobody                  | 25/11 = 2.27 | 2.27
        bad   | 3, 3, 1, 0                    | 4, 3, 1                 | 12/7  = 1.71 | 3.05
    """
    plan = {"good": ([3, 4, 2, 2], [0, 0, 0, 0]), "bad": ([3, 3, 1, 0], [4, 3, 1, 0])}
    prospects = [(segment, calls, did) for segment, sides in plan.items()
                 for did, side in zip((True, False), sides, strict=True)
                 for calls, many in enumerate(side, start=1) for _ in range(many)]
    deals = [{"opportunity_id": f"o{n:02}", "account_id": f"o{n:02}", "created_at": date(2025, 1, 6)}
             for n in range(len(prospects))]
    calls = [{**deal, "call_id": f"{deal['opportunity_id']}-{k}", "held_at": date(2025, 1, 6 + k),
              "understood": did and k == last}
             for deal, (_, last, did) in zip(deals, prospects, strict=True) for k in range(1, last + 1)]
    accounts = [{"account_id": d["account_id"], "kind": p[0]} for d, p in zip(deals, prospects, strict=True)]
    small = warehouse_of({"accounts": pd.DataFrame(accounts), "opportunities": pd.DataFrame(deals),
                          "calls": pd.DataFrame(calls)})
    frame = small.tally("calls_to_understanding", by=("kind",), keys=("age",)).frame.sort_values("age")
    naive, honest = {}, {}
    for kind, table in frame.groupby("segment"):
        naive[kind] = (table["age"] * table["successes"]).sum() / table["successes"].sum()
        honest[kind] = float(restricted_mean_calls(table["trials"], table["successes"])[0])
    assert naive == pytest.approx({"good": 25 / 11, "bad": 12 / 7})
    # Kaplan and Meier (1958) by hand: bad 1 + 12/15 + 12/15 x 5/8 + 3 x 12/15 x 5/8 x 1/2
    assert honest == pytest.approx({"good": 25 / 11, "bad": 1 + 0.8 + 0.5 + 3 * 0.25})
    assert naive["bad"] < naive["good"] < honest["bad"]
