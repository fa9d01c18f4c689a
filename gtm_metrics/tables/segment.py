"""What the segment page lists: money and time, who was involved, and the rows behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from gtm_metrics import words
from gtm_metrics.company import Company
from gtm_metrics.estimates import wilson
from gtm_metrics.funnel import Symptom
from gtm_metrics.measures import Cycle, Reasons, Sums, cycle_rows, measure_named, values, velocity
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import Tally
from gtm_metrics.tables.cells import Row, value_cell
from gtm_metrics.tables.links import CRM, crm_link

LEAKIEST = ": the leakiest stage"


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
                "Stands": words.STANDING[stage.standing] + (LEAKIEST if stage.leakiest else "") if fine else "",
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
                "Here": value_cell(name, row, company.currency)
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
    first, last = (value_cell(name, {**row, "value": end}, currency) for end in (low, high))
    return f"{first} to {last}"


def _rest(name: str, row: Row, currency: str) -> str:
    return value_cell(name, {**row, "value": row["rest_value"], "n": row["rest_n"], "status": "ok"}, currency)


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


def days_of(listed: pd.DataFrame) -> list[str]:
    """The columns of `rows_behind` that hold days."""
    return [name for name in listed if name in ("week", "first_week", "last_week", "on", *DAY.values())]


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
