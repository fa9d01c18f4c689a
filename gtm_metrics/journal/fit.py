"""What people know of customers: profiles, lists, notes and criteria, kept with who and when, and taken back likewise.

Of two who change the same row at once the later is told, and nothing of the earlier is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.kept import in_effect, next_row, refuse_blank, told_rule, until_day, write, written
from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import CRITERIA, LISTS, NOT_NOW, PROFILES, Criterion, Listed, Note, Profile
from gtm_metrics.journal.write import audited, plain


def profiles(journal: sa.Connection, as_of: date | None = None, kind: str | None = None) -> pd.DataFrame:
    """One row a version of a profile, oldest first, also those replaced since: the columns of tables.Profile."""
    query = until_day(sa.select(Profile), Profile, as_of)
    if kind is not None:
        query = query.where(Profile.kind == kind)
    return frame(journal, query.order_by(Profile.id))


def profile(journal: sa.Connection, kind: str, as_of: date | None = None) -> dict[str, Any] | None:
    """The version of a profile in effect (on `as_of`), by column; None before the first and where it was taken back."""
    found = profiles(journal, as_of, kind)
    if found.empty or found["gone"].iloc[-1]:
        return None
    return {str(name): value for name, value in found.iloc[-1].items()}


def listed(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row an account on a list (on `as_of`), in the order put there: the columns of tables.Listed."""
    entries = in_effect(journal, Listed, as_of)
    if as_of is None:
        return entries
    holds = [until is None or until > as_of for until in entries["until"]]
    return entries[pd.Series(holds, entries.index, dtype=bool)].reset_index(drop=True)


def notes(journal: sa.Connection, as_of: date | None = None, accounts: Iterable[str] | None = None) -> pd.DataFrame:
    """One row a thing that was said (known on `as_of`, by these accounts), oldest first: columns of tables.Note."""
    found = in_effect(journal, Note, as_of)
    if accounts is None:
        return found
    return found[found["account_id"].isin(set(accounts))].reset_index(drop=True)


def criteria(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a criterion that people answered (by `as_of`): the columns of tables.Criterion."""
    return in_effect(journal, Criterion, as_of)


def keep_profile(
    engine: sa.Engine,
    kind: str,
    sentence: str,
    rules: Sequence[Mapping[str, Any]],
    evidence: Sequence[Mapping[str, Any]],
    why: str,
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Keeps a new version of the ideal or the negative profile; its version number.

    rules     [{"dimension": name, "segments": [value, ...]}, ...], at least one
    evidence  rows that stood behind it, as JSON
    saw       the version its author looked at, None where there was none: of two who change one at once the later is
              refused, so that nobody's words are overwritten unread

    Raises Refused for words or rules that are missing, and for a version that is not the last.
    """
    if kind not in PROFILES:
        raise Refused(f"a profile is one of {', '.join(PROFILES)}, not {kind!r}")
    refuse_blank(sentence=sentence, why=why, who=who)
    told = [told_rule(rule) for rule in rules]
    if not told:
        raise Refused("a profile has at least one rule: a dimension and the segments that fit")
    row = {"kind": kind, "sentence": sentence.strip(), "rules": told, "evidence": plain(list(evidence)),
           "why": why.strip(), "who": who.strip(), "on": today, "gone": False}  # fmt: skip
    return next_row(engine, Profile, ("kind",), row, saw, "the profile", "profile")


def take_back_profile(engine: sa.Engine, kind: str, why: str, who: str, today: date, saw: int) -> int:
    """From here on there is no such profile; its versions stay in the history. The number of this last version."""
    refuse_blank(why=why, who=who)
    row = {"kind": kind, "sentence": "", "rules": [], "evidence": [], "why": why.strip(), "who": who.strip(),
           "on": today, "gone": True}  # fmt: skip
    return next_row(engine, Profile, ("kind",), row, saw, "the profile", "profile")


def put_on_list(
    engine: sa.Engine,
    kind: str,
    accounts: Mapping[str, str],
    why: str,
    who: str,
    today: date,
    until: date | None = None,
) -> int:
    """Puts accounts (id -> name) on the list "never" or "not_now"; how many were not on it like this before.

    until  the first day on which "not now" no longer holds; None leaves it open

    An account that is on the other list leaves it. Raises Refused for words that are missing and a day that is past.
    """
    if kind not in LISTS:
        raise Refused(f"a list is one of {', '.join(LISTS)}, not {kind!r}")
    refuse_blank(why=why, who=who)
    if until is not None and kind != NOT_NOW:
        raise Refused('only "not_now" ends on a day; "never" has none')
    if until is not None and until <= today:
        raise Refused(f"not now ends on {until}; it must lie after {today}")
    row: dict[str, Any] = {"kind": kind, "until": until, "why": why.strip(), "who": who.strip(), "on": today}
    with writing(engine) as journal:
        there: dict[str, Any] = {one["account_id"]: one for one in in_effect(journal, Listed).to_dict("records")}
        new = [
            row | {"account_id": account_id, "account": name, "replaces": _id_of(there.get(account_id)), "gone": False}
            for account_id, name in sorted(accounts.items())
            if not _same(there.get(account_id), row)
        ]
        if new:
            journal.execute(sa.insert(Listed), new)
            audited(journal, who.strip(), f"put on {kind}", {"accounts": [one["account_id"] for one in new]})
    return len(new)


def take_off_list(engine: sa.Engine, accounts: Iterable[str], why: str, who: str, today: date) -> int:
    """Takes accounts off whatever list they are on; how many were on one."""
    refuse_blank(why=why, who=who)
    wanted = set(accounts)
    with writing(engine) as journal:
        there = [one for one in in_effect(journal, Listed).to_dict("records") if one["account_id"] in wanted]
        for one in there:
            row = {name: one[name] for name in ("kind", "account_id", "account")}
            row |= {"until": None, "why": why.strip(), "who": who.strip(), "on": today, "gone": True}
            journal.execute(sa.insert(Listed).values(**row, replaces=int(one["id"])))
        if there:
            audited(journal, who.strip(), "took off lists", {"accounts": [one["account_id"] for one in there]})
    return len(there)


def note(
    engine: sa.Engine,
    account_id: str,
    account: str,
    said: str,
    theme: str,
    who: str,
    on: date,
    replaces: int | None = None,
) -> int:
    """Keeps one line that a customer said on a day, with its theme and who heard it; its number.

    replaces  the note it corrects. Raises Refused for words that are missing, and where that note was corrected
              meanwhile.
    """
    refuse_blank(account=account_id, said=said, who=who)
    row = {"account_id": account_id, "account": account, "said": " ".join(said.split()), "theme": theme.strip(),
           "who": who.strip(), "on": on, "gone": False}  # fmt: skip
    return write(engine, Note, row, "note", replaces)


def take_back_note(engine: sa.Engine, number: int, who: str, today: date) -> int:
    """The note no longer counts; it stays in the history. The number of the taking back."""
    refuse_blank(who=who)
    with writing(engine) as journal:
        there = in_effect(journal, Note)
    mine = there[there["id"] == number]
    if mine.empty:
        raise Refused(f"there is no note {number}, or it was taken back already")
    row = {name: mine.iloc[0][name] for name in ("account_id", "account", "said", "theme")}
    return write(engine, Note, row | {"who": who.strip(), "on": today, "gone": True}, "took back a note", number)


def answer(engine: sa.Engine, criterion: str, said: str, who: str, today: date) -> int:
    """Keeps what people say to one of the seven criteria, in place of what they said before; its number."""
    if criterion not in CRITERIA:
        raise Refused(f"a criterion is one of {', '.join(CRITERIA)}, not {criterion!r}")
    refuse_blank(answer=said, who=who)
    with writing(engine) as journal:
        there = in_effect(journal, Criterion)
        mine = there[there["criterion"] == criterion]
        row = {"criterion": criterion, "answer": said.strip(), "who": who.strip(), "on": today, "gone": False}
        return written(journal, Criterion, row, "answered", None if mine.empty else int(mine.iloc[0]["id"]))


def _id_of(entry: Mapping[str, Any] | None) -> int | None:
    return None if entry is None else int(entry["id"])


def _same(entry: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
    return entry is not None and all(entry[name] == row[name] for name in ("kind", "until", "why"))
