"""Frames as a page lists them: every number formatted, every row's meaning in its columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

import pandas as pd

from gtm_metrics import words
from gtm_metrics.company import Company
from gtm_metrics.estimates import wilson
from gtm_metrics.funnel import Symptom
from gtm_metrics.measures import THINGS, Cycle, Reasons, Sums, Things, cycle_rows, measure_named, values, velocity
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import ALL, Tally

CRM = "CRM"
Row = Mapping[Hashable, Any]


def ordered(rows: pd.DataFrame, segments: list[str]) -> pd.DataFrame:
    """Contract rows with "(all)" first and the segments in this order."""
    place = {name: i for i, name in enumerate([ALL, *segments])}
    return rows.assign(place=rows["segment"].map(place)).sort_values("place", kind="stable").drop(columns="place")


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
            line[label] = _value(name, row, company.currency) if row and connected else words.MISSING
    return pd.DataFrame(
        [{"Segment": "All" if name == ALL else words.plain(name), **line} for name, line in shown.items()]
    )


def _value(name: str, row: Row, currency: str) -> str:
    value, n = row["value"], row["n"]
    if row["status"] == "too_early" and isinstance(n, int):
        return f"of {n:,}"
    if not isinstance(value, int | float):
        return words.MISSING
    if name in ("customers",):
        return f"{value:,.0f}"
    if name == "nrr":
        return f"{100 * value:,.0f} %"  # may lie above 100
    if measure_named(name).kind in ("share", "part") or name in ("grr", "amount_close_rate", "discount"):
        return words.percent(float(value), n if isinstance(n, int) else 0)
    if measure_named(name).money:
        return words.money(float(value), currency, exact=abs(float(value)) < EXACT_BELOW)
    return f"{value:,.1f}"


EXACT_BELOW = 10_000
"""Money up to which every unit is told: between $1,180 and $1,420 there is a difference, between $1k and $1k none."""


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


def crm_link(company: Company, account_id: object, opportunity_id: object = None) -> str | None:
    """Address of an opportunity, else of an account, by the templates of gtm.toml; None without a template."""
    if opportunity_id and company.opportunity_url:
        return company.opportunity_url.replace("{opportunity_id}", quote(str(opportunity_id), safe=""))
    if account_id and company.account_url:
        return company.account_url.replace("{account_id}", quote(str(account_id), safe=""))
    return None


def four_numbers(
    rows_by_metric: Mapping[str, pd.DataFrame], stages: Iterable[Symptom], metrics: tuple[Metric, ...], segment: str
) -> pd.DataFrame:
    """The segment's numbers beside the rest's, one row a metric in funnel order; the leakiest stage is marked."""
    lines = []
    for stage in stages:
        metric = metric_named(stage.metric, metrics)
        frame = rows_by_metric[stage.metric]
        row = next((r for r in frame.to_dict("records") if r["segment"] == segment), None)
        counts = row is not None and row["trials"] is not None
        fine = row is not None and row["status"] == "ok"
        lines.append(
            {
                "Stage": metric.label,
                "Here": words.estimate(metric, row["estimate"], row["trials"])
                if row and fine
                else words.STATUS[stage.status],
                "95 % interval": words.interval(metric, row["low"], row["high"], row["trials"]) if row and fine else "",
                "Everyone else": words.estimate(metric, row["rest_estimate"], 1000) if row and fine else "",
                "Counts": words.counted(metric, row["successes"], row["trials"]) if row and counts else "",
                "Stands": words.STANDING[stage.standing] if fine else "",
                "Leak": "leakiest stage" if stage.leakiest else "",
            }
        )
    return pd.DataFrame(lines)


MONEY = (
    ("customers", "customers"),
    ("customers", "share_of_arr"),
    ("customers", "arpa"),
    ("retention", "nrr"),
    ("retention", "grr"),
    ("deals", "deal_size"),
    ("deals", "discount"),
    ("deals", "narrow_close_rate"),
    ("deals", "amount_close_rate"),
    ("deals", "no_decision_share"),
    ("effort", "effort_per_win"),
    ("effort", "inbound_share"),
    ("pipeline", "open_pipeline"),
    ("endings", "ended_subscriptions"),
)
"""What the segment page tells of money, effort and time, in this order: group and measure."""


def money(parts: Mapping[str, Sums], took: Cycle, segment: str, company: Company) -> pd.DataFrame:
    """Measure | here | 95 % interval | everyone else | counted over | what it is; a measure not connected says so."""
    lines = []
    for group, name in MONEY:
        measure = measure_named(name)
        frame = values(parts[group], measure, company.minimum_trials)
        rows = {row["segment"]: row for row in frame.to_dict("records")}
        row = rows.get(segment)
        status, why = parts[group].status(measure.of or name)
        lines.append(
            {
                "Measure": measure.label,
                "Here": _value(name, row, company.currency)
                if row and status == "ok"
                else words.STATUS.get(status) or "none",
                "95 % interval": _ends(name, row, company.currency) if row and status == "ok" else "",
                "Everyone else": _rest(name, row, company.currency) if row and status == "ok" else "",
                "Counted over": words.count(row["n"]) + f" {measure.unit}"
                if row and status == "ok" and row["n"]
                else "",
                "What it is": measure.definition if status == "ok" else f"{measure.definition} {why}",
            }
        )
    cycle = next((r for r in cycle_rows(took).to_dict("records") if r["segment"] == segment), None)
    if cycle is not None:
        rest = cycle["rest_median_days"]
        lines.append(
            {
                "Measure": "Sales cycle",
                "Here": _days(cycle["median_days"]),
                "95 % interval": "",
                "Everyone else": _days(rest),
                "Counted over": f"{cycle['won']:,} won deals",
                "What it is": "Days by which half of the deals that will be won are won; open ones are censored.",
            }
        )
    speed = velocity(parts["pipeline"], parts["deals"], took, company.minimum_trials)
    fast = next((r for r in speed.to_dict("records") if r["segment"] == segment), None)
    if fast is not None and fast["per_day"] is not None:
        lines.append(
            {
                "Measure": "Sales velocity",
                "Here": f"{words.money(fast['per_day'], company.currency)} a day",
                "95 % interval": "",
                "Everyone else": "",
                "Counted over": f"{fast['open_deals']:,} open deals",
                "What it is": "Open deals x close rate x mean won amount / median cycle days.",
            }
        )
    return pd.DataFrame(lines)


def _days(days: float | None) -> str:
    return words.MISSING if days is None else f"{days:,.0f} days"


def _ends(name: str, row: Row, currency: str) -> str:
    low, high = row["low"], row["high"]
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return ""
    return f"{_value(name, {**row, 'value': low}, currency)} to {_value(name, {**row, 'value': high}, currency)}"


def _rest(name: str, row: Row, currency: str) -> str:
    return _value(name, {**row, "value": row["rest_value"], "n": row["rest_n"], "status": "ok"}, currency)


def involved(counted: Tally, split: str, segment: tuple[str, ...], metric: Metric) -> pd.DataFrame:
    """Close rate of a segment by a column of the deal: counts, a rate where there are enough, everyone's."""
    names = ["segment", "segment_2"][: len(segment)]
    frame = counted.closed.assign(inside=True)
    for name, wanted in zip(names, segment, strict=True):
        frame["inside"] &= frame[name] == wanted
    label = {"champion_title": "Champion", "people_involved": "People involved"}[split]
    value = frame[split].map(lambda v: "(not recorded)" if pd.isna(v) else v)
    lines = []
    for key, group in frame.assign(value=value).groupby("value", sort=False):
        here, rest = group[group["inside"]], group[~group["inside"]]
        won, n = int(here["successes"].sum()), int(here["trials"].sum())
        rest_won, rest_n = int(rest["successes"].sum()), int(rest["trials"].sum())
        low, high = wilson(won, n)
        enough, rest_enough = n >= metric.minimum, rest_n >= metric.minimum
        lines.append(
            {
                label: words.plain(key),
                "Won / decided": f"{won:,} / {n:,}",
                "Close rate": words.percent(won / n, n) if enough else "",
                "95 % interval": words.interval(metric, float(low), float(high), n) if enough else "",
                "Everyone else": words.percent(rest_won / rest_n, rest_n)
                if rest_enough
                else f"{rest_won:,} / {rest_n:,}",
                "order": n,
            }
        )
    found = pd.DataFrame(
        lines, columns=[label, "Won / decided", "Close rate", "95 % interval", "Everyone else", "order"]
    )
    by = [label] if split == "people_involved" else ["order", label]
    shown = found.sort_values(by, ascending=[split == "people_involved"] * len(by), ignore_index=True)
    return shown.drop(columns="order")


def rows_behind(frame: pd.DataFrame, metric: Metric, company: Company) -> pd.DataFrame:
    """The rows behind a number as a page lists them; trials and successes add up to it."""
    dates = {column: frame[column].dt.date for column in ("at", "week", "first_week", "last_week") if column in frame}
    links = [
        crm_link(company, row.account_id, row.row_id if metric.name in DEALS else None) for row in frame.itertuples()
    ]
    shown = frame.assign(**dates).rename(columns={"at": DAY.get(metric.name, "on"), "row_id": "id"})
    empty = [column for column in shown if column not in ("trials", "successes") and shown[column].isna().all()]
    band = ["band"] if "band" in shown and (shown["band"] == "").all() else []
    plain = ["age"] if metric.estimate == "rate" and "age" in shown else []
    kept = shown.drop(columns=[*dict.fromkeys([*empty, *band, *plain])])
    return kept.assign(CRM=pd.Series(links, index=frame.index, dtype=object))


ENDED = {"close_rate": ("Won", "Not won"), "calls_to_understanding": ("Understood", "Not understood yet")}
"""What came of a decided deal, and of a held call."""


def to_read(found: Mapping[str, pd.DataFrame], company: Company) -> pd.DataFrame:
    """What | account | owner | on | outcome | CRM: decided deals and held calls that somebody should read up on.

    found   by name of a metric of ENDED its rows (`tallies.rows`), newest first
    """
    lines = []
    for name, frame in found.items():
        for row in frame.to_dict("records"):
            call = name == "calls_to_understanding"
            lines.append(
                {
                    "What": f"Call {row['age'] + 1}" if call and row.get("age") is not None else "Deal",
                    "Account": words.plain(row["account"] or row["account_id"]),
                    "Owner": words.plain(row["owner"]) if row["owner"] else words.MISSING,
                    "On": words.day(pd.Timestamp(row["at"]).date()),
                    "Outcome": ENDED[name][0 if row["successes"] else 1],
                    CRM: crm_link(company, row["account_id"], row["row_id"] if name in DEALS else None),
                }
            )
    return pd.DataFrame(lines, columns=["What", "Account", "Owner", "On", "Outcome", CRM])


DEALS = ("close_rate", "won_in_time", "advanced")
"""Metrics whose rows are opportunities."""
DAY = {
    "response_rate": "first touch",
    "calls_to_understanding": "held",
    "close_rate": "closed",
    "won_in_time": "opened",
    "churn": "customer since",
    "reached_opportunity": "created",
    "advanced": "opened",
}


def adds_up(frame: pd.DataFrame, metric: Metric, rows: pd.DataFrame, segment: str) -> str:
    """The counts of the rows that are listed beside those of the number, in a sentence."""
    row = next((r for r in rows.to_dict("records") if r["segment"] == segment), None)
    if row is None or row["trials"] is None:
        return "There is no number yet, and so no row."
    trials, successes = int(frame["trials"].sum()), int(frame["successes"].sum())
    told = words.counted(metric, row["successes"], row["trials"])
    if (trials, successes) == (row["trials"], row["successes"]):
        return f"{words.count(len(frame), 'row')}, which add up to the number: {told}."
    return f"The newest {len(frame):,} rows, {successes:,} of {trials:,}; the number counts {told}."


def answers(why: Reasons) -> int:
    """How many deals the reasons are shares of."""
    return int(why.frame["of"].iloc[0]) if len(why.frame) else 0


def gaps(found: pd.DataFrame) -> pd.DataFrame:
    """What the data do not say yet: the gap, how much it is, what it switches off, how to mend it."""
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
                "What it hides": words.plain(row["switches_off"]) if row["switches_off"] else "",
            }
        )
    return pd.DataFrame(lines, columns=["Gap", "Share", "Counts", "How to mend it", "What it hides"])
