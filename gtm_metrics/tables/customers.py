"""Best-fit customers as a page lists them: tiers, traits, accounts, where they came from; every number formatted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.company import Company
from gtm_metrics.measures.value import PARTS, Grouped, own_column
from gtm_metrics.question import NOT_SET
from gtm_metrics.tables.cells import said_of_any
from gtm_metrics.tables.links import CRM, crm_link
from gtm_metrics.words import criteria as words_of
from gtm_metrics.words.customers import full_name

Labels = Mapping[str, str]
TRAITS_SHOWN = 6
PEOPLE = "People say"
OF = {"best": "Best first 1 %", "next best": "Next best, to 10 %", "middle": "Middle", "worst": "Worst last 10 %"}


def tiers(told: Grouped, company: Company) -> pd.DataFrame:
    """A row a tier: how many customers, what they pay, and their share of MRR."""
    everyone = told.frame[told.frame["attribute"] == ""].set_index("tier")
    paid = [row for row in everyone["mrr"] if row is not None]
    total = sum(paid)
    lines = []
    for tier, n in told.tiers.items():
        mrr = everyone["mrr"].get(tier) if tier in everyone.index else None
        lines.append(
            {
                "Tier": OF[tier],
                "Customers": f"{n:,}",
                "MRR": words.money(mrr, company.currency) if mrr is not None else words.MISSING,
                "Share": words.percent(mrr / total, 0) if mrr is not None and total > 0 else words.MISSING,
            }
        )
    return pd.DataFrame(lines)


def traits(found: pd.DataFrame, side: str, labels: Labels) -> pd.DataFrame:
    """The first traits of a side that were tried: counts there and among all, how much oftener, and q."""
    mine = found[(found["side"] == side) & found["p"].notna()]
    return pd.DataFrame([_trait(row, labels) for row in mine.head(TRAITS_SHOWN).to_dict("records")])


def evidence(kept: Mapping[str, Any], labels: Labels) -> pd.DataFrame:
    """What stood behind a kept profile on its day: a row a trait that it names and a tenth, as `traits` tells them.

    A trait that was not tried has its counts alone; one that nobody of that day had is not there.
    """
    named = {(rule["dimension"], value) for rule in kept["rules"] for value in rule["segments"]}
    return pd.DataFrame(
        [
            {"Tenth": row["side"], **_trait(row, labels)}
            for row in kept["evidence"]
            if (row["attribute"], row["value"]) in named and not row["attribute_2"]
        ]
    )


def _trait(row: Mapping[Any, Any], labels: Labels) -> dict[str, str]:
    """Counts in the tenth and among all, and of one that was tried how much oftener, and q."""
    tried = row["p"] is not None
    q = "" if not tried else f"{row['q']:.2f}" if row["q"] >= 0.01 else "< 0.01"
    return {
        "Trait": full_name(row, labels),
        "Here": f"{row['in_tier']:,} of {row['tier_size']:,}",
        "Of all": f"{row['n']:,}",
        "Times (95 %)": f"{row['lift']:.1f} ({row['low']:.1f}–{row['high']:.1f})" if tried else words.MISSING,
        "q": q,
    }


def named(frame: pd.DataFrame, told: Grouped, company: Company) -> pd.DataFrame:
    """Customers by name with the parts of their score in sight: percentile ranks, 100 is the best."""
    lines = []
    for row in frame.to_dict("records"):
        line: dict[str, Any] = {
            "Place": row["place"],
            "Account": _name(row),
            "Owner": words.plain(row["owner"]) if row["owner"] else "",
            "Score": _rank(row["score"]),
        }
        for part in PARTS:
            if part.name in told.recipe.weights:
                line[part.label] = _rank(row[f"part_{part.name}"])
        line |= {"Pays a month": _money(row, company), "Life": _life(row), CRM: crm_link(company, row["account_id"])}
        lines.append(line)
    return pd.DataFrame(lines)


def loved(frame: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Customers of a segment too small to measure: what they pay, how they use it, whom they referred."""
    shown = {
        "weeks_used": ("Weeks used", "{:,} of 13"),
        "nps": ("NPS", "{:.1f}"),
        "referred": ("Referred", "{:,}"),
    }
    there = [name for name in shown if frame[name].notna().any()]
    lines = []
    for row in frame.to_dict("records"):
        line: dict[str, Any] = {
            "Account": _name(row),
            "Contact": words.plain(row["contact"]) if row["contact"] else "",
            "Place": row["place"],
            "Pays a month": _money(row, company),
        }
        line |= {shown[name][0]: "" if row[name] is None else shown[name][1].format(row[name]) for name in there}
        lines.append({**line, "Life": _life(row), CRM: crm_link(company, row["account_id"])})
    return pd.DataFrame(lines)


def from_hell(frame: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Customers in the worst tenth of at least two of four: discount, support load, effort to win, life."""
    return pd.DataFrame(
        [
            {
                "Account": _name(row),
                "Owner": words.plain(row["owner"]) if row["owner"] else "",
                "Discount": "" if row["discount"] is None else words.percent(max(row["discount"], 0.0), 0),
                "Tickets a month": "" if row["tickets"] is None else f"{row['tickets']:.1f}",
                "Touches and calls": "" if row["effort"] is None else f"{row['effort']:.0f}",
                "Life": f"{words.count(row['stayed'], 'day')}{', still pays' if row['pays'] else ', left'}",
                CRM: crm_link(company, row["account_id"]),
            }
            for row in frame.to_dict("records")
        ]
    )


def came_from(frame: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """Where the best tenth came from beside all others: shares where there are enough, else counts."""
    return pd.DataFrame(
        [
            {
                "Source": words.plain(row["value"]),
                "Best tenth": _share(row["best"], row["best_share"]),
                "All others": _share(row["rest"], row["rest_share"]),
            }
            for row in frame.head(most).to_dict("records")
        ]
    )


def cards(frame: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Accounts side by side, a column each: what it pays, what it is, how it uses, who bought it and why.

    A row that nobody has is left out.
    """
    known: dict[str, dict[str, str]] = {}
    for row in frame.to_dict("records"):
        told = {"Pays a month": _money(row, company), "Life": _life(row)}
        by = {each.label: row.get(own_column(each.name)) for each in company.dimensions}
        told |= {label: value for label, value in by.items() if value not in (None, NOT_SET)}
        if row["weeks_used"] is not None:
            told["Use"] = f"{row['weeks_used']} of 13 weeks"
        if row["nps"] is not None:
            told["NPS answer"] = f"{row['nps']:.1f}"
        told |= {"Champion": row["champion_title"] or "", "Won because": row["win_reason"] or ""}
        known[f"{row['place']}. {_name(row)}"] = {name: str(value) for name, value in told.items()}
    order = ["Pays a month", "Life", *(each.label for each in company.dimensions), "Use", "NPS answer", "Champion"]
    lines = [
        {"Account": name, **{account: told.get(name, "") for account, told in known.items()}}
        for name in (*order, "Won because")
        if any(told.get(name) for told in known.values())
    ]
    return pd.DataFrame(lines)


def criteria(found: pd.DataFrame, answers: pd.DataFrame, group: str, rest: str) -> pd.DataFrame:
    """A row a sign of the seven criteria: those of the group beside everyone else, how to read it, what people say.

    Shares where there are enough, else counts; "no data" where there is none, and why.
    """
    said = {row["criterion"]: row for row in answers.to_dict("records")}
    lines, before = [], ""
    for row in found.to_dict("records"):
        name, answer = row["criterion"], said.get(row["criterion"])
        first = name != before
        lines.append(
            {
                "Criterion": name.capitalize() if first else "",
                "In the data": row["definition"],
                group: _met(row["met"], row["n"], row["share"]),
                rest: _met(row["rest_met"], row["rest_n"], row["rest_share"]),
                "Reading": words_of.reading(row),
                PEOPLE: words_of.answered(answer) if answer and first else "",
            }
        )
        before = name
    return said_of_any(pd.DataFrame(lines), (PEOPLE,)) if lines else pd.DataFrame()


def _met(met: int | None, n: int | None, share: float | None) -> str:
    if not n:
        return "no data"
    counts = f"{met:,} of {n:,}".replace(" ", words.NO_BREAK)
    return counts if share is None else f"{words.percent(share, 0)} ({counts})"


def _name(row: Mapping[Any, Any]) -> str:
    return words.plain(row["account"] or row["account_id"])


def _rank(value: float | None) -> int | None:
    return None if value is None else round(100 * value)


def _money(row: Mapping[Any, Any], company: Company) -> str:
    return words.MISSING if row["mrr"] is None else words.money(row["mrr"], company.currency, exact=True)


def _life(row: Mapping[Any, Any]) -> str:
    since = f"since {words.day(row['since'])}"
    return since if row["ended_on"] is None else f"left {words.day(row['ended_on'])}"


def _share(n: int, share: float | None) -> str:
    return f"{n:,}" if share is None else f"{words.percent(share, 0)} ({n:,})"
