"""What the home page lists: every segment, the things to do this week, and what the data do not say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from gtm_metrics import words
from gtm_metrics.company import Company
from gtm_metrics.measures import THINGS, Sums, Things, measure_named, values
from gtm_metrics.question import ALL
from gtm_metrics.tables.cells import Row, value_cell
from gtm_metrics.tables.links import CRM, crm_link


def segments(segments: list[str], close: pd.DataFrame, parts: Mapping[str, Sums], company: Company) -> pd.DataFrame:
    """One row a segment and one for all: deals, customers, money. A dash where there is nothing to tell."""
    decided = {row["segment"]: row for row in close.to_dict("records")}
    shown: dict[str, dict[str, str]] = {name: {} for name in (*segments, ALL)}
    for name, line in shown.items():
        row = decided.get(name)
        known = row is not None and row["trials"] is not None
        line["Won / decided"] = f"{row['successes']:,} / {row['trials']:,}" if row and known else words.MISSING
    columns = (
        ("deals", "narrow_close_rate", "Won of won + lost"),
        ("customers", "customers", "Customers"),
        ("customers", "share_of_arr", "Share of ARR"),
        ("retention", "nrr", "NRR"),
        ("pipeline", "open_pipeline", "Open pipeline"),
    )
    for group, name, label in columns:
        found = {
            row["segment"]: row
            for row in values(parts[group], measure_named(name), company.minimum_trials).to_dict("records")
        }
        connected = parts[group].status(measure_named(name).of or name)[0] == "ok"
        for segment, line in shown.items():
            row = found.get(segment)
            line[label] = value_cell(name, row, company.currency) if row and connected else words.MISSING
    return pd.DataFrame(
        [{"Segment": "All" if name == ALL else words.plain(name), **line} for name, line in shown.items()]
    )


def things(found: Things, company: Company, only: str | None = None) -> pd.DataFrame:
    """What to act on, a row a name: what it is, whose it is, since when, why, how much, and where it is in the CRM.

    `only` keeps one kind.
    """
    kinds = {thing.kind: thing for thing in THINGS}
    lines = []
    for row in found.frame.to_dict("records"):
        kind = str(row["kind"])
        if only and kind != only:
            continue
        lines.append(
            {
                "What": kinds[kind].label,
                "Account": words.plain(row["account"] or row["account_id"]),
                "Segment": words.plain(row["segment"]) if row["segment"] else "",
                "Owner": words.plain(row["owner"]) if row["owner"] else "",
                "On": pd.Timestamp(row["on"]).date() if row["on"] is not None else None,
                "Detail": _detail(kind, row),
                "Amount": words.money(row["amount"], company.currency) if row["amount"] is not None else "",
                CRM: crm_link(company, row["account_id"], row["opportunity_id"]),
            }
        )
    return pd.DataFrame(lines, columns=["What", "Account", "Segment", "Owner", "On", "Detail", "Amount", CRM])


def _detail(kind: str, row: Row) -> str:
    """The one thing to know of a row, in words."""
    parts = []
    if row["reason"]:
        parts.append(words.plain(row["reason"]))
    if kind == "stalled_calls":
        parts.append(f"{row['calls']} calls, not understood")
    if kind in ("quiet", "open_long") and row["weeks"] is not None:
        parts.append(f"{row['weeks']} weeks {'quiet' if kind == 'quiet' else 'open'}")
    if kind == "using_less":
        parts.append(f"{row['mark']} % less use than in the 13 weeks before")
    if kind in ("on_never", "outside"):
        parts += [f"{words.count(row['calls'], 'call')}"] if row["calls"] is not None else []
        parts += [f"open {words.count(row['weeks'], 'week')}"] if row["weeks"] is not None else []
    if kind == "renewal":
        parts.append(f"month {row['mark']} begins")
    if kind in ("won", "lost", "no_decision") and not row["reason"]:
        parts.append("no reason on record")
    return ", ".join(parts)


def kinds(found: Things) -> dict[str, str]:
    """The kinds of things there are this week, with how many: {"won": "Won 6", ...}."""
    labels = {thing.kind: thing.label for thing in THINGS}
    return {kind: f"{labels[kind]} {n:,}" for kind, n in found.counts.items() if n}


def happened(found: Things, as_of: date) -> str:
    """The week in one line, what can be told of it."""
    parts = [
        f"**{found.counts[kind]:,}** {name}"
        for kind, name in (("won", "won"), ("lost", "lost"), ("no_decision", "ended in no decision"))
        if kind in found.counts
    ]
    return f"In the 7 days to {words.day(as_of)}: " + ", ".join(parts) + "." if parts else ""


def nothing_to_do(found: Things) -> str:
    """Why the list of the week is empty: nothing happened, or the tables that would tell are not connected."""
    if found.missing and not found.counts:
        return f"Nobody can be named here: {words.escaped(next(iter(found.missing.values())))}."
    return "Nothing to act on: no deal was decided, none has stalled, no renewal is near."


def not_listed(found: Things) -> str:
    """Which lists were cut, with their full counts: "Gone quiet 41 (10 shown)"; '' where all are there."""
    shown = found.frame["kind"].value_counts().to_dict() if len(found.frame) else {}
    labels = {thing.kind: thing.label for thing in THINGS}
    cut = [
        f"{labels[kind]} {n:,} ({shown.get(kind, 0)} shown)"
        for kind, n in found.counts.items()
        if n > shown.get(kind, 0)
    ]
    return "In all: " + ", ".join(cut) + "." if cut else ""


def gaps(found: pd.DataFrame) -> pd.DataFrame:
    """What the data do not say yet: the gap, how much it is, how to mend it, what it hides."""
    lines = []
    for row in found.to_dict("records"):
        much = words.percent(row["share"], row["of"] or 0) if row["share"] is not None else ""
        counted = f"{row['n']:,} of {row['of']:,}" if row["n"] is not None and row["of"] else ""
        lines.append(
            {
                "Gap": words.plain(row["gap"]),
                "Share": much,
                "Counts": counted,
                "How to mend it": words.plain(row["mend"]) if row["mend"] else "",
                "What it hides": _hidden(words.plain(row["switches_off"])) if row["switches_off"] else "",
            }
        )
    return pd.DataFrame(lines, columns=["Gap", "Share", "Counts", "How to mend it", "What it hides"])


HIDDEN = 3
"""Numbers that a gap hides are named one by one up to here."""


def _hidden(numbers: str) -> str:
    """Response rate; Close rate; Won in time; and 4 more. Where all are by one attribute: 5 numbers by Region."""
    every = numbers.split("; ")
    by = {name.partition(" by ")[2] for name in every}
    if len(every) > 1 and len(by) == 1 and "" not in by:
        return f"{len(every):,} numbers by {by.pop()}"
    more = len(every) - HIDDEN
    return "; ".join([*every[:HIDDEN], *([f"and {more:,} more"] if more > 0 else [])])
