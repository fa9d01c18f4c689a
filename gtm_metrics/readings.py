"""What a warehouse was read as: frames and sentences about tables, columns, and what was set aside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from gtm_metrics import words
from gtm_metrics.doctor import Examined, Tie
from gtm_metrics.metrics import Metric
from gtm_metrics.warehouse import FAILED, OK, Relation, Warehouse

IDENTICAL, CONFLICTING = "duplicate key, identical", "duplicate key, conflicting"
TWICE = ("Twice, identical", "Twice, conflicting")
NUMBERS = ("Read", "Used", "Set aside", "Rows", "Rows with a value", "Days behind", "Days old", *TWICE)
"""The columns that hold counts."""
STATUS = {OK: "connected", "not_connected": "not connected", FAILED: "failed"}


def tables(relations: Iterable[Relation]) -> pd.DataFrame:
    """One row a table: status, rows read = used + set aside, first and last day, and why where it is not connected.

    A table that is not there has no number of rows, not even 0.
    """
    counts = ("Read", "Used", "Set aside")
    frame = pd.DataFrame(
        [
            {
                "Table": r.table.name,
                "One row per": r.table.grain,
                "Status": STATUS[r.status],
                "Read": r.rows_read if r.status == OK else None,
                "Used": r.rows_used if r.status == OK else None,
                "Set aside": r.rows_set_aside if r.status == OK else None,
                "First": r.first,
                "Last": r.last,
                "Why": r.why,
            }
            for r in relations
        ]
    )
    return frame.astype(dict.fromkeys(counts, "Int64"))


def set_aside(relations: Iterable[Relation]) -> pd.DataFrame:
    """One row a table and reason: rows that are not used, and values that could not be read."""
    rows = [{"Table": r.table.name, "Reason": reason, "Rows": n} for r in relations for reason, n in r.reasons.items()]
    values = [
        {"Table": r.table.name, "Reason": f"{column} cannot be read and counts as missing", "Rows": n}
        for r in relations
        for column, n in r.unreadable.items()
    ]
    return pd.DataFrame(rows + values, columns=["Table", "Reason", "Rows"]).sort_values(
        "Rows", ascending=False, ignore_index=True
    )


def switched_off(reasons: Iterable[tuple[Metric, str]]) -> pd.DataFrame:
    """One row a metric that cannot be counted here, with what it misses and what it needs."""
    return pd.DataFrame(
        [{"Metric": m.label, "Because": why, "It needs": ", ".join(m.needs)} for m, why in reasons if why],
        columns=["Metric", "Because", "It needs"],
    )


def columns(relation: Relation) -> pd.DataFrame:
    """One row a column of a table: where it was found and how many of the used rows have a value."""
    # of several relations that have the name, a layout's file reads first the one whose rows it yields
    places = {name: f"{table}.{column}" for name, table, column in reversed(relation.found)}
    sought = {s.name: ", ".join(s.candidates) for s in reversed(relation.sought)}
    rows = [
        {
            "Column": c.name,
            "Meaning": c.meaning,
            "Type": c.kind,
            "Required": c.required,
            "Found as": places.get(c.name, "by the layout's SELECT" if relation.has(c.name) else "not there"),
            "Sought as": sought.get(c.name, ""),
            "Rows with a value": relation.filled.get(c.name, 0),
            "Missing": 1 - relation.filled.get(c.name, 0) / relation.rows_used if relation.rows_used else None,
        }
        for c in relation.table.columns
    ]
    rows += [
        {
            "Column": name,
            "Meaning": "attribute",
            "Type": kind,
            "Required": False,
            "Found as": places.get(name, "passed on"),
            "Sought as": "",
            "Rows with a value": None,
            "Missing": None,
        }
        for name, kind in relation.attributes.items()
    ]
    return pd.DataFrame(rows)


def concepts(warehouse: Warehouse, today: date) -> pd.DataFrame:
    """One row a connected table: the relation behind it, its days, and how many rows are orphans or come twice.

    Days behind are those from the last row that begins to the last day of any table, days old those to `today`;
    orphans are a share of the rows that were read, also those of a billing customer, prospect or call that was matched
    to no account.
    """
    lines = []
    for r in warehouse.relations.values():
        if r.status != OK:
            continue
        last, through = r.last, warehouse.data_through
        orphans = sum(n for reason, n in r.reasons.items() if _is_orphan(reason))
        lines.append(
            {
                "Table": r.table.name,
                "Read from": next((s.table for s in r.sought if s.table), r.layout),
                "First": r.first,
                "Last": last,
                "Days behind": (through - min(last, through)).days if last and through else None,
                "Days old": (today - min(last, today)).days if last else None,
                "Without an account": orphans / r.rows_read if r.rows_read and r.table.accounts else None,
                "Twice, identical": r.reasons.get(IDENTICAL, 0),
                "Twice, conflicting": r.reasons.get(CONFLICTING, 0),
            }
        )
    names = ("Table", "Read from", "First", "Last", "Days behind", "Days old", "Without an account", *TWICE)
    return pd.DataFrame(lines, columns=names).astype({"Days behind": "Int64", "Days old": "Int64"})


def _is_orphan(reason: str) -> bool:
    return reason == "account unknown" or "without account" in reason or reason.startswith("billing customer")


def tie_outs(ties: Iterable[Tie]) -> pd.DataFrame:
    """One row a count that the source has too: ours, its own, the difference, and what explains it."""
    lines = [
        {
            "Count": tie.label,
            "Here": tie.here,
            "In the source": tie.there,
            "Difference": tie.there - tie.here,
            "Because": "; ".join([f"{n:,} set aside: {reason}" for reason, n in tie.reasons.items()])
            or ("" if tie.unexplained else "the same"),
            "Not explained": tie.unexplained,
        }
        for tie in ties
    ]
    return pd.DataFrame(lines, columns=["Count", "Here", "In the source", "Difference", "Because", "Not explained"])


def tied(ties: Iterable[Tie]) -> str:
    """The counts beside the source's own in a sentence: "Beside the source: won deals 914 of 921, 7 explained.".

    '' where the source was not asked.
    """
    said = []
    for tie in ties:
        beside, explained = f"{tie.label.lower()} {tie.here:,} of {tie.there:,}", sum(tie.reasons.values())
        known = [f"{explained:,} explained"] * bool(explained) + [f"{tie.unexplained:,} not"] * bool(tie.unexplained)
        said.append(", ".join([beside, *known]))
    return f"Beside the source: {'; '.join(said)}." if said else ""


def noticed(found: Examined, through: date | None, today: date) -> list[str]:
    """What else the doctor saw, a sentence each; `through` is the last day of any table."""
    old = (today - through).days if through else 0
    said = [f"Data end {words.count(old, 'day')} before today."] if old else []
    said += [f"{label} could not be held against the source: {why}." for label, why in found.untold.items()]
    if found.lost:
        share = words.percent(found.no_reason / found.lost, found.lost)
        said.append(f"{found.no_reason:,} of {found.lost:,} deals that were not won have no reason ({share}).")
    if found.several is not None:
        deals = words.count(found.several, "deal")
        said.append(f"{deals} of several companies, none marked as primary: the smallest id is taken.")
    told = found.proposed.won_in_time
    if told.weeks is not None and told.days is not None:
        said.append(
            f"8 in 10 of {told.won:,} won deals were won within {told.days:.0f} days: won_in_time_weeks = {told.weeks}."
        )
    else:
        said.append(f"No won_in_time_weeks is proposed: {told.why}.")
    return said


def attributes(found: Examined) -> pd.DataFrame:
    """One row an attribute of accounts: whether it goes as a dimension, its values or bands, or why not."""
    proposed = {a.name for a in found.proposed.dimensions}
    lines = [
        {
            "Attribute": a.name,
            "Dimension": "proposed" if a.name in proposed else "possible" if not a.why else "no",
            "Missing": a.missing,
            "Values": ", ".join(a.values) if not a.why else a.why,
        }
        for a in found.proposed.attributes
    ]
    return pd.DataFrame(lines, columns=["Attribute", "Dimension", "Missing", "Values"])


def as_percent(frame: pd.DataFrame, column: str, rows: Iterable[int]) -> pd.DataFrame:
    """The frame with a column of shares written as 12.3 %, `rows` being what each is a share of; '' where none is."""
    told = ["" if pd.isna(share) else words.percent(share, n) for share, n in zip(frame[column], rows, strict=True)]
    return frame.assign(**{column: told})


def parts_off(found: Examined) -> pd.DataFrame:
    """One row a table or column that is not there: the metrics and parts of pages that need it, how to mend it."""
    return found.off.set_axis(["Gap", "Switched off", "How to mend it"], axis="columns")


def finding(relations: Iterable[Relation], off: int, ties: Iterable[Tie] = ()) -> str:
    """The finding of the doctor, a sentence: what is wrong, else that all rows are accounted for and what is off.

    `off` is how many metrics are; what a gap takes from other pages alone stands in `parts_off`.
    """
    relations = list(relations)
    wrong = [tie for tie in ties if tie.unexplained]
    if any(r.status == FAILED for r in relations) or not any(r.status == OK and r.rows_read for r in relations):
        return title(relations)
    if wrong:
        return f"{wrong[0].label} differ from the source by {abs(wrong[0].unexplained):,}, and nothing explains it"
    which = f"{words.count(off, 'metric')} {'is' if off == 1 else 'are'}" if off else "no metric is"
    return f"Every row is accounted for; {which} switched off"


def title(relations: Iterable[Relation]) -> str:
    """The finding of the Warehouse page, a sentence."""
    relations = list(relations)
    there = [r for r in relations if r.status == OK]
    failed = [r.table.name for r in relations if r.status == FAILED]
    read = sum(r.rows_read for r in there)
    aside = sum(r.rows_set_aside for r in there)
    if failed:
        which = f"The table {failed[0]}" if len(failed) == 1 else f"{len(failed)} of {len(relations)} tables"
        return f"{which} cannot be read"
    if not there:
        return "Nothing is connected yet"
    if not read:
        return f"No row yet in any of {len(there)} connected tables"
    kept = "every one is used" if not aside else f"{aside:,} set aside, each with its reason"
    return f"{read:,} rows read from {len(there)} of {len(relations)} tables; {kept}"


def paragraph(warehouse: Warehouse) -> str:
    """Where the numbers come from and how far they reach."""
    kind = {"duckdb": "DuckDB", "postgresql": "PostgreSQL", "snowflake": "Snowflake"}.get(
        warehouse.engine.dialect.name, warehouse.engine.dialect.name
    )
    through = f"{warehouse.data_through:%-d %b %Y}" if warehouse.data_through else "no day yet"
    where = f"an embedded {kind} file" if warehouse.loaded else kind
    at = warehouse.looked_at
    looked = f" Tables were looked at on {at:%-d %b %Y, %H:%M} UTC." if at and warehouse.from_profile else ""
    return (
        f"The numbers come from {where}; data through {through}.{looked} Tables are only read, never written. "
        "Rows that cannot count are set aside with a reason, and none is dropped in silence."
    )
