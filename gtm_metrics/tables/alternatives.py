"""Frames of the Alternatives page: each cell a rate with its interval and n, or counts where there are few."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.alternatives import ALL_ALTERNATIVES
from gtm_metrics.company import Company
from gtm_metrics.measures import in_order
from gtm_metrics.question import ALL
from gtm_metrics.tables.links import crm_link
from gtm_metrics.words import alternatives as said

Row = Mapping[Hashable, Any]

MOST = 6
"""Alternatives that have a column of their own: those with the most deals."""
AGED = "Ended within a year"


def by_segment(rows: pd.DataFrame) -> pd.DataFrame:
    """Segment | all | an alternative a column: close rate, interval and n; "2 of 8" won where there are few."""
    listed = [r for r in rows.to_dict("records") if r["segment"] == ALL and r["alternative"] != ALL_ALTERNATIVES]
    shown = [ALL_ALTERNATIVES, *(row["alternative"] for row in listed[:MOST])]
    cells = {(row["segment"], row["alternative"]): row for row in rows.to_dict("records")}
    segments = in_order(name for name in rows["segment"] if name != ALL)
    lines = [
        {
            "Segment": words.plain(segment),
            **{_head(name): _rate(cells.get((segment, name))) for name in shown},
        }
        for segment in segments
    ]
    return pd.DataFrame(lines, columns=["Segment", *map(_head, shown)])


def rated(frame: pd.DataFrame) -> list[str]:
    """The columns of `by_segment` that hold a rate somewhere, and so need its width; counts are half as long."""
    return [name for name in frame.columns[1:] if frame[name].str.contains("%").any()]


def _head(name: str) -> str:
    return "All decided deals" if name == ALL_ALTERNATIVES else words.plain(name)


def _rate(row: Row | None) -> str:
    """27 % (22–31) of 389; 2 of 8; a dash where there was none; marked where it stands apart."""
    if row is None:
        return words.MISSING
    if row["close_rate"] is None:
        return f"{row['won']:,} of {row['decided']:,}"
    mark = {"ahead": " ▲", "behind": " ▼"}.get(str(row.get("status", "")), "")
    rate = words.percent(row["close_rate"], 0)
    return f"{rate} ({100 * row['low']:.0f}–{100 * row['high']:.0f}) of {row['decided']:,}{mark}"


def trust(frame: pd.DataFrame) -> pd.DataFrame:
    """Of the deals not won | say: how many say no reason, how many no alternative."""
    return pd.DataFrame(
        [
            {
                "Deals not won with": row["missing"] + " on record",
                "Deals": f"{row['n']:,} of {row['of']:,}",
                "Share": words.percent(row["share"], row["of"]) if row["share"] is not None else "",
                "95 % interval": _ends(row["low"], row["high"]),
            }
            for row in frame.to_dict("records")
        ]
    )


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f}{words.NO_BREAK}%"


def involved(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    """`label` | won / decided | close rate | 95 % interval."""
    return pd.DataFrame(
        [
            {
                label: words.plain(row["group"]),
                "Won / decided": f"{row['won']:,} / {row['decided']:,}",
                "Close rate": "" if row["close_rate"] is None else words.percent(row["close_rate"], row["decided"]),
                "95 % interval": _ends(row["low"], row["high"]),
            }
            for row in frame.to_dict("records")
        ]
    )


def discounts(frame: pd.DataFrame) -> pd.DataFrame:
    """Discount | won / decided | close rate | 95 % interval | ended within a year, of which there is no column where no
    subscription is a year old."""

    def ended(row: Row) -> str:
        if row["year"] is None:
            return "not connected"
        if not row["year"]:
            return words.MISSING
        share = "" if row["ended_share"] is None else f" ({words.percent(row['ended_share'], row['year'])})"
        return f"{row['ended']:,} of {row['year']:,}{share}"

    shown = pd.DataFrame(
        [
            {
                "Discount": row["band"],
                "Won / decided": f"{row['won']:,} / {row['decided']:,}",
                "Close rate": "" if row["close_rate"] is None else words.percent(row["close_rate"], row["decided"]),
                "95 % interval": _ends(row["low"], row["high"]),
                AGED: ended(row),
            }
            for row in frame.to_dict("records")
        ]
    )
    return shown.drop(columns=AGED) if not frame["year"].isna().any() and not frame["year"].sum() else shown


def effort(frame: pd.DataFrame) -> pd.DataFrame:
    """Segment | touches and calls | share of effort | wins | share of wins | 95 % interval | what it comes to."""
    return pd.DataFrame(
        [
            {
                "Segment": words.plain(row["segment"]),
                "Touches and calls": f"{row['effort']:,}",
                "Share of effort": words.percent(row["effort_share"], 0),
                "Won / decided": f"{row['won']:,} / {row['decided']:,}",
                "Share of wins": "" if row["win_share"] is None else words.percent(row["win_share"], 0),
                "95 % interval": _ends(row["win_low"], row["win_high"]),
                "": said.SPENT[row["status"]],
            }
            for row in frame.to_dict("records")
        ]
    )


def deals(frame: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Closed | account | owner | outcome | reason | alternative as written | CRM, the newest first."""
    outcome = {"won": "won", "lost": "lost", "no_decision": "no decision"}

    def text(value: Any) -> str:
        return words.plain(value) if isinstance(value, str) and value else ""

    return pd.DataFrame(
        [
            {
                "Closed": words.day(pd.Timestamp(row["at"]).date()),
                "Account": text(row["account"]) or words.plain(row["account_id"]),
                "Owner": text(row["owner"]),
                "Outcome": outcome[row["outcome"]],
                "Why": text(row["win_reason"]) or text(row["loss_reason"]),
                "Alternative as written": text(row["competitor"]),
                "CRM": crm_link(company, row["account_id"], row["row_id"]),
            }
            for row in frame.to_dict("records")
        ],
        columns=["Closed", "Account", "Owner", "Outcome", "Why", "Alternative as written", "CRM"],
    )
