"""Look-alikes as rows for commands and files, and as a page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.exports import HIDDEN, without_names
from gtm_metrics.measures import LookAlikes
from gtm_metrics.tables.links import CRM, crm_link
from gtm_metrics.words import day, plain
from gtm_metrics.words.profile import reasons

Labels = Mapping[str, str]
NAMES = {"Account": HIDDEN, "Account id": "", "Contact": "", "Domain": "", CRM: ""}
"""What tells who an account is, and what stands in its place where names are hidden."""


def targets(found: LookAlikes, company: Company, labels: Labels, as_of: date) -> pd.DataFrame:
    """account_id | account | domain | owner | contact | reasons | last_touch | crm | as_of, a row an account."""
    rows = [
        {
            **{name: row[name] for name in ("account_id", "account", "domain", "owner", "contact")},
            "reasons": reasons(row, labels),
            "last_touch": row["last_touch"],
            "crm": crm_link(company, row["account_id"]),
            "as_of": as_of,
        }
        for row in found.frame.to_dict("records")
    ]
    columns = ["account_id", "account", "domain", "owner", "contact", "reasons", "last_touch", "crm", "as_of"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def listed(found: LookAlikes, company: Company, labels: Labels, names: bool = True) -> pd.DataFrame:
    """The same as a page lists them: Account, Why, Owner, Contact, Domain, Last touch, Account id and CRM."""
    rows = [
        {
            "Account": plain(row["account"] or row["account_id"]),
            "Why": "; ".join(reasons(row, labels, names)),
            "Owner": plain(row["owner"]) if row["owner"] else "",
            "Contact": plain(row["contact"]) if row["contact"] else "",
            "Domain": plain(row["domain"]) if row["domain"] else "",
            "Last touch": row["last_touch"],
            "Account id": row["account_id"],
            CRM: crm_link(company, row["account_id"]),
        }
        for row in found.frame.to_dict("records")
    ]
    columns = ["Account", "Why", "Owner", "Contact", "Domain", "Last touch", "Account id", CRM]
    frame = pd.DataFrame(rows, columns=columns)
    return frame if names else without_names(frame, NAMES)


def to_call(found: LookAlikes, company: Company, labels: Labels, most: int) -> pd.DataFrame:
    """The first `most` as home names them: Account, Owner, Why and CRM."""
    return listed(found, company, labels).head(most)[["Account", "Owner", "Why", CRM]]


def versions(kept: pd.DataFrame) -> pd.DataFrame:
    """Version, profile, who, on and why of every version, the newest first; one that was taken back says so."""
    rows = [
        {
            "Version": f"{row['version']:,}",
            "Profile": plain(row["sentence"]) if not row["gone"] else "taken back",
            "Who": plain(row["who"]),
            "On": day(row["on"]),
            "Why": plain(row["why"]),
        }
        for row in kept.iloc[::-1].to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["Version", "Profile", "Who", "On", "Why"])


def set_apart(lists: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Account, list, until, why, who and on of those on a list, in the order they were put there."""
    rows = [
        {
            "Account": plain(row["account"]),
            "List": names[row["kind"]],
            "Until": day(row["until"]) if row["until"] is not None else "",
            "Why": plain(row["why"]),
            "Who": plain(row["who"]),
            "On": day(row["on"]),
        }
        for row in lists.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["Account", "List", "Until", "Why", "Who", "On"])


def calls(rows: pd.DataFrame, notes: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Who, Account, Contact, Owner, Said and CRM: whom to call, with the last line each said."""
    last = {row["account_id"]: row["said"] for row in notes.to_dict("records")}
    lines = [
        {
            "Who": row["kind"],
            "Account": plain(row["account"] or row["account_id"]),
            "Contact": plain(row["contact"]) if row["contact"] else "",
            "Owner": plain(row["owner"]) if row["owner"] else "",
            "Said": plain(last[row["account_id"]]) if row["account_id"] in last else "",
            CRM: crm_link(company, row["account_id"]),
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(lines, columns=["Who", "Account", "Contact", "Owner", "Said", CRM])


def themes(notes: pd.DataFrame) -> pd.DataFrame:
    """Theme, Heard and From: how often a theme was heard and from whom, the most frequent first."""
    rows: dict[str, list[str]] = {}
    for row in notes.to_dict("records"):
        rows.setdefault(plain(row["theme"]).lower() if row["theme"] else "(none)", []).append(plain(row["account"]))
    ordered = sorted(rows.items(), key=lambda one: (-len(one[1]), one[0]))
    lines = [
        {"Theme": theme, "Heard": f"{len(names):,}", "From": ", ".join(sorted(set(names)))} for theme, names in ordered
    ]
    return pd.DataFrame(lines, columns=["Theme", "Heard", "From"])


def said(notes: pd.DataFrame) -> pd.DataFrame:
    """On, Account, Said, Theme and Heard by of every line, the newest first."""
    ordered = notes.iloc[::-1].sort_values("on", ascending=False, kind="stable")
    lines = [
        {
            "On": day(row["on"]),
            "Account": plain(row["account"]),
            "Said": plain(row["said"]),
            "Theme": plain(row["theme"]) if row["theme"] else "",
            "Heard by": plain(row["who"]),
        }
        for row in ordered.to_dict("records")
    ]
    return pd.DataFrame(lines, columns=["On", "Account", "Said", "Theme", "Heard by"])


def on_screen(frame: pd.DataFrame, touches: bool) -> pd.DataFrame:
    """The list of look-alikes as a page shows it: the last touch in words, "never" where there was none."""
    never = "never" if touches else ""
    told = [never if pd.isna(when) else day(when) for when in frame["Last touch"].tolist()]
    columns = [name for name in frame.columns if name not in ("Account id", "Domain")]
    return frame[columns].assign(**{"Last touch": pd.Series(told, frame.index, dtype=object)})
