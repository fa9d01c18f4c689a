"""The warehouse that pages ask: connected once for every session; and what stands in its place where it is away, or has
lost a part of what was asked for when it was last read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import sqlalchemy as sa
import streamlit as st

from gtm_metrics.access import Access
from gtm_metrics.company import Company
from gtm_metrics.journal import cache_folder
from gtm_metrics.warehouse import Keep, Warehouse, WarehouseAway, WarehouseError, WarehouseRefuses, connect
from gtm_metrics.warehouse.answers import Answers, within
from gtm_metrics.warehouse.connect import as_it_is, as_last_read, nothing_known, standing
from gtm_metrics.warehouse.lost import back, lost
from gtm_metrics.warehouse.profile import Profile, file_of, keep_answered, last_profile, stamp_of

AGAIN_SECONDS = 300
"""How long a warehouse that did not answer, or lost a part, is left alone, unless somebody asks again."""
AGAIN_WITHOUT = 10
"""The same where nothing that was read stands in its place."""
LOST_DAYS = 7
"""For so many days after a warehouse was last read whole, what it lost since is shown as it was read then."""


@dataclass(frozen=True)
class Place:
    """A company, its warehouse, and a name for both that no other connection, setting or load shares.

    away   why the warehouse is not asked, and what was last read stands in its place; '' where it is
    lost   what it had when it was last read and has no longer, by table: what needs it is as it was last read
    now    the warehouse as it was found without that, where `warehouse` is the one that had it
    """

    company: Company
    warehouse: Warehouse
    name: str
    away: str = ""
    lost: dict[str, str] = field(default_factory=dict)
    now: Warehouse | None = None

    @property
    def as_found(self) -> Warehouse:
        """The warehouse with the tables that it has."""
        return self.now or self.warehouse

    @property
    def read_at(self) -> datetime | None:
        """When what is shown was read, the oldest of it; None where nothing was."""
        answers = self.warehouse.answers
        return (answers.oldest if answers else None) or self.warehouse.looked_at


@dataclass(frozen=True)
class Gone:
    """A warehouse that does not answer: why, since when by this machine's clock, and what stands in its place."""

    why: str
    since: float
    instead: Place | None


def stands(company: Company, or_journal: bool) -> Place:
    """The warehouse, or what stands in its place. Raises WarehouseError where nothing does.

    or_journal   a warehouse of which nothing is known will do, where it does not answer and nothing is kept
    """
    name, today = name_of(company), datetime.now(UTC).date()
    told = _gone().get(name)
    if told is None or monotonic() - told.since > (AGAIN_SECONDS if told.instead else AGAIN_WITHOUT):
        _gone().pop(name, None)
        try:
            return _with_what_is_back(company, name, today)
        except WarehouseAway as trouble:
            told = _went_away(company, name, trouble)
    if told.instead is None and or_journal:
        return Place(company, nothing_known(today), f"{name} nothing known", told.why)
    if told.instead is None:
        raise WarehouseError(told.why)
    return told.instead


def _with_what_is_back(company: Company, name: str, today: date) -> Place:
    """The warehouse as it is connected; looked at anew where what it had lost can be asked for again."""
    found = _place(company, name, today)
    house = found.warehouse
    if found.lost and monotonic() - _looked().get(name, 0.0) > AGAIN_SECONDS:
        _looked()[name] = monotonic()
        if back(house.engine, house.relations, found.lost, house.timeout_seconds):
            _look_again(name)
            return _place(company, name, today)
    return found


def stands_in(where: Place, trouble: WarehouseError) -> bool:
    """Whether something stands in for a warehouse that raised this in the middle of a page; what does is noted.

    One that is away is as it was last read. One that refuses what it is asked is looked at anew, because its tables may
    have changed since it was looked at; where it refuses still, what was read before stands in for that.
    """
    company, name = where.company, name_of(where.company)
    if where.away:
        return False
    if isinstance(trouble, WarehouseAway):
        return _went_away(company, name, trouble).instead is not None
    if where.lost or not isinstance(trouble, WarehouseRefuses):
        return False
    looked = _looked().get(name)
    if looked is None or monotonic() - looked > AGAIN_SECONDS:
        _looked()[name] = monotonic()
        _look_again(name)
        return True
    return _refuses(where, name, trouble)


def _refuses(where: Place, name: str, trouble: WarehouseError) -> bool:
    """Notes that a warehouse refuses a part of what it is asked though it was looked at just now."""
    current = _gone().get(name)
    if current is not None or _place(where.company, name, datetime.now(UTC).date()) is not where:
        # another session was faster, and this one's page was made of what stood there before
        return True
    answers = where.warehouse.answers
    if answers is None:
        return False
    why = str(trouble)
    kept = replace(where.warehouse, answers=replace(answers, lost=why, first_kept=_nothing))
    instead = Place(where.company, kept, f"{name} refuses {datetime.now(UTC)}", lost={"": why})
    _gone()[name] = Gone(why, monotonic(), instead)
    return True


def _nothing() -> None:
    """What the last whole look was stays what it was."""


@st.cache_resource(show_spinner=False)
def _gone() -> dict[str, Gone]:
    """By name, the warehouses that do not answer."""
    return {}


@st.cache_resource(show_spinner=False)
def _looked() -> dict[str, float]:
    """By name, when a warehouse's tables were last looked at because it refused something."""
    return {}


@st.cache_resource(show_spinner=False)
def _to_look_at() -> set[str]:
    """Names of the warehouses that are looked at anew when they are next connected."""
    return set()


def _look_again(name: str) -> None:
    _to_look_at().add(name)
    _place.clear()


def _went_away(company: Company, name: str, trouble: WarehouseError) -> Gone:
    """Notes that a warehouse does not answer: for some minutes, or until somebody asks again, it is not asked."""
    why, keep = str(trouble), _keep(company)
    kept = as_last_read(company, keep) if company.kept_answers_mb else None
    instead = None
    if kept is not None:
        answers = replace(_answers(company, keep), away=why) if keep.folder else None
        instead = Place(company, replace(kept, answers=answers), f"{name} away {datetime.now(UTC)}", why)
    _gone()[name] = Gone(why, monotonic(), instead)
    return _gone()[name]


def ask_again(company: Company) -> None:
    """Forgets what a warehouse did not answer or had lost: the next page asks it, and looks at its tables anew."""
    name = name_of(company)
    _gone().clear()
    _looked().clear()
    _look_again(name)


def looked_at_now(where: Place) -> Warehouse:
    """The warehouse of a place as it is now, asked through the connection there is. Raises WarehouseError."""
    now, company = datetime.now(UTC), where.company
    return as_it_is(where.warehouse.engine, company, now.date(), _keep(company))


def go_by_the_last_look() -> None:
    """Pages take the last look that is kept in place of their own."""
    _place.clear()


def name_of(company: Company) -> str:
    """Connection, settings and loaded version in one text: a cache that has it in its key mixes up nothing."""
    file = company.url.removeprefix("duckdb:///")
    loaded = os.path.realpath(file) if file != company.url else company.url
    # a file that somebody put in the place of another; while there is none the one that is open is read on
    stamp = _stamp(company) or _stamps().get(loaded, "")
    _stamps()[loaded] = stamp
    return repr((loaded, stamp, replace(company, url="", access=Access())))


def _stamp(company: Company) -> str:
    """What the file of an embedded warehouse is now; '' where it is none, is not there, or the URL cannot be read."""
    try:
        return stamp_of(company)
    except (sa.exc.ArgumentError, ValueError):
        return ""


@st.cache_resource(show_spinner=False)
def _stamps() -> dict[str, str]:
    """By place, what the file of a warehouse there was when it was last seen."""
    return {}


@st.cache_resource(show_spinner=False)
def _files() -> dict[str, tuple[str, sa.Engine]]:
    """By path, what an embedded warehouse's file was when it was opened, and its engine."""
    return {}


def _let_go(company: Company) -> str:
    """Closes the file of an embedded warehouse that was replaced: as long as it is open, DuckDB gives nobody the new
    one. What the file is now."""
    stamp, path = _stamp(company), company.url
    held = _files().get(path)
    if stamp and held and held[0] != stamp:
        held[1].dispose()
    return stamp


@st.cache_resource(ttl="1h", max_entries=8, show_spinner="Connecting the warehouse")
def _place(_company: Company, name: str, today: date) -> Place:
    keep = _keep(_company)
    known = last_profile(_company, keep) if _company.kept_answers_mb else None
    anew, stamp = name in _to_look_at(), _let_go(_company)
    _to_look_at().discard(name)

    def connected() -> Warehouse:
        return connect(_company, today, keep, anew)

    warehouse = within(_company.patience_seconds, connected) if known else connected()
    if stamp:
        _files()[_company.url] = (stamp, warehouse.engine)
    answers = _answers(_company, keep) if keep.folder and _company.kept_answers_mb else None
    if known is not None and answers is not None:
        before = _whole_before(known, warehouse, _company, keep.now)
        gone = lost(before.relations, warehouse.relations) if before else {}
        if before and gone:
            why = "; ".join(gone.values())
            kept = replace(before, answers=replace(answers, lost=why, first_kept=_nothing))
            return Place(_company, kept, f"{name} without {why} as of {known.looked_at}", lost=gone, now=warehouse)
    return Place(_company, replace(warehouse, answers=answers), name)


def _whole_before(known: Profile, now: Warehouse, company: Company, at: datetime) -> Warehouse | None:
    """The warehouse as it was when it was last read, asked through today's connection; None where that is too long ago,
    or where somebody loaded it anew and meant what they loaded."""
    if known.loaded or now.loaded or at - known.looked_at > timedelta(days=LOST_DAYS):
        return None
    return standing(now.engine, company, known, from_profile=True)


def _keep(company: Company) -> Keep:
    return Keep(cache_folder(company), datetime.now(UTC), company.profile_hours)


def _answers(company: Company, keep: Keep) -> Answers:
    """The kept answers of a company's connection."""
    file = file_of(company, keep)
    folder = (keep.folder or Path()) / "answers"
    name = file.stem.removeprefix("profile-") if file else "none"
    most = company.kept_answers_mb * 1_000_000
    return Answers(folder, name, most, company.patience_seconds, lambda: keep_answered(company, keep))
