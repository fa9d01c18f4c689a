"""The signal without a browser: gtm-metrics refresh | signal.

Exit codes as everywhere: 0 fine (also too early), 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.commands.asking import journal_of, opened_to_refresh
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.tables import RECONSTRUCTED
from gtm_metrics.refresh import Outcome, refresh
from gtm_metrics.warehouse import Meter, WarehouseError

FINE = 0

SEGMENT = {
    "segment": "segment",
    "dimension": "dimension",
    "state": "state",
    "since": "since",
    "log_e_any": "log_e_any",
    "log_e_two": "log_e_two",
    "threshold": "threshold",
    "gates": "gates",
    "carrying": "carrying_metrics",
    "weeks_to_decide": "weeks_to_decide",
    "fading": "fading",
    "metrics": "metrics",
}
"""Keys of a segment of `signal`, in order, by the journal's column."""


def add_signal(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers; `command(name, run, text)` gives one."""
    text = "freeze the weeks that have settled, and judge every segment"
    sub = command("refresh", _refresh, text)
    told = "look for restated counts in every frozen week, not only late ones"
    sub.add_argument("--full", action="store_true", help=told)
    sub.add_argument("--anew", action="store_true", help="start all evidence again from this week")
    sub.add_argument("--by", default="command line", metavar="WHO", help="who refreshes, for the journal")
    sub = command("signal", _signal, "has one segment consistently pulled ahead?")
    sub.add_argument("--by", metavar="DIM", help="only the segments of this watched dimension")
    sub.add_argument("--history", action="store_true", help="one row a week: what was said in it")


def _refresh(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Refreshes the last complete week, and prints what that did."""
    with journal_of(company) as engine:
        warehouse = opened_to_refresh(company, engine, as_of or today, today, options.full or options.anew)
        begun = time.perf_counter()
        done = refresh(warehouse, company, engine, as_of or today, options.by, options.full, options.anew, tell)
    _say(done)
    if done.done:
        tell(took(warehouse.meter, time.perf_counter() - begun))
    show(pd.DataFrame([asdict(done) | {"left_out": list(done.left_out)}], dtype=object), options.format)
    return FINE


def took(meter: Meter, seconds: float) -> str:
    """What a refresh cost, in words."""
    scanned = "" if meter.scanned is None else f", which went through {meter.scanned:,} rows"
    return (
        f"{meter.queries} queries{scanned}, {meter.rows:,} rows came back in {meter.seconds:.1f} s; "
        f"{seconds:.1f} s in all"
    )


def _signal(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints the verdict of the last complete week, refreshed if nobody did; of a day in the past, what was said then.

    Where the warehouse does not answer, what the journal holds is printed.
    """
    with journal_of(company) as engine:
        try:
            warehouse = opened_to_refresh(company, engine, today, today)
            _say(refresh(warehouse, company, engine, today, "command line"))
        except WarehouseError as away:
            tell(f"{away}; this is what the journal holds")
        with journal.reading(engine) as seen:
            if options.history:
                show(weekly(seen), options.format)
                return FINE
            said = verdict_json(seen, as_of)
    if options.by:
        watched = sorted({one["dimension"] for one in said["segments"]})
        if options.by not in watched:
            raise Refused(f"{options.by!r} is not watched; there are {', '.join(watched) or 'none'}")
        said["segments"] = [one for one in said["segments"] if one["dimension"] == options.by]
    if options.format == "json":
        print(json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1))
        return FINE
    columns = [name for name in SEGMENT.values() if name not in ("gates", "metrics")]
    show(pd.DataFrame(said["segments"], columns=columns, dtype=object), options.format)
    return FINE


def verdict_json(seen: sa.Connection, as_of: date | None = None) -> dict[str, Any]:
    """What `signal --format json` prints: the verdict of the newest refresh (of `as_of`), and every segment."""
    last = journal.last_refresh(seen, as_of)
    if last is None:
        names = ("verdict", "as_of", "week", "k", "alpha", "luck", "reconstructed")
        return dict.fromkeys(names) | {"segments": []}
    rows = journal.verdicts(seen, as_of).to_dict("records")
    return {
        "verdict": last["verdict"],
        "as_of": journal.plain(as_of or last["as_of"]),
        "week": journal.plain(last["week"]),
        "k": last["k"],
        "alpha": last["alpha"],
        "luck": last["luck"],
        "reconstructed": last["kind"] == RECONSTRUCTED,
        "segments": [{name: journal.plain(row[column]) for column, name in SEGMENT.items()} for row in rows],
    }


def weekly(seen: sa.Connection) -> pd.DataFrame:
    """One row a refreshed week: week, epoch, reconstructed, verdict, dimension, segment, since, k, luck."""
    rows = []
    for week in journal.refreshes(seen).to_dict("records"):
        said = week["verdict"] or {}
        rows.append(
            {
                "week": week["week"],
                "epoch": week["epoch"],
                "reconstructed": week["kind"] == RECONSTRUCTED,
                "verdict": said.get("kind"),
                "dimension": said.get("dimension"),
                "segment": said.get("segment"),
                "since": said.get("since"),
                "k": week["k"],
                "luck": week["luck"],
            }
        )
    columns = ["week", "epoch", "reconstructed", "verdict", "dimension", "segment", "since", "k", "luck"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _say(done: Outcome) -> None:
    """In a sentence on stderr, what a reader of rows would miss."""
    for line in done.left_out:
        tell(f"left out: {line}")
    if done.why:
        tell(f"nothing to judge: {done.why}")
    elif done.opened:
        tell(f"evidence starts in the week of {done.week}: {done.opened}")
