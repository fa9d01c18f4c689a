"""Look-alikes as rows for commands and files, and as a page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.exports import HIDDEN, without_names
from gtm_metrics.measures import LookAlikes
from gtm_metrics.tables import CRM, crm_link
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
            "Why": "; ".join(reasons(row, labels)),
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
