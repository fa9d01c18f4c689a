"""Who may see the dashboard and change what it keeps: an identity provider's claims and gtm.toml's lists make a role.

Pure: what a provider said of a person comes in as a mapping, the clock as an argument, and a Reader goes out. Signing
in itself is Streamlit's (OpenID Connect); rows are the warehouse's: see docs/access.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

VIEWER, EDITOR, ADMIN = "viewer", "editor", "admin"
ROLES = (VIEWER, EDITOR, ADMIN)
"""From the least to the most: a role may do all that the ones before it may."""
MAY: Mapping[str, tuple[str, str]] = {
    "look": (VIEWER, "see every page and take files without names"),
    "edit": (EDITOR, "decide, keep profiles, lists, notes and pins"),
    "take names": (EDITOR, "take files that name accounts"),
    "import": (ADMIN, "fill a journal from a file"),
}
"""What one may do: the least role for it, and what it is in words."""
EVERYBODY, GROUP = "*", "group:"
ANONYMOUS = "somebody on this machine"
SLACK = timedelta(minutes=5)
"""Two machines' clocks may differ by this much."""


@dataclass(frozen=True)
class Access:
    """[access] of gtm.toml: who has which role, by e-mail, "@domain", "group:name" or "*"."""

    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    groups_claim: str = "groups"
    signed_in_hours: int = 12
    open_to_network: bool = False


@dataclass(frozen=True)
class Reader:
    """One who was let in: what the journal calls them, and their role.

    signed   whether an identity provider vouches for the name; without sign-in people write it themselves
    """

    name: str
    role: str
    signed: bool = True

    def may(self, what: str) -> bool:
        """Whether the reader's role is enough for `what`, a key of MAY. Raises KeyError for another."""
        return self.may_as(MAY[what][0])

    def may_as(self, role: str) -> bool:
        """Whether the reader has this role or one that may do more."""
        return ROLES.index(self.role) >= ROLES.index(role)


class NotAdmitted(Exception):
    """One is not let in; the text is a sentence for them. `again` where signing in anew may help."""

    def __init__(self, why: str, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


NEAR = Reader(ANONYMOUS, ADMIN, signed=False)
"""The reader where no sign-in is set up: whoever sits at this machine may do all."""


def admitted(claims: Mapping[str, Any], access: Access, now: datetime) -> Reader:
    """The reader whom these claims of an ID token describe (OpenID Connect Core 1.0, 2 and 5.1).

    claims   with email, email_verified, name, iat and the claim that holds groups, as far as the provider says them
    now      with its time zone

    Raises NotAdmitted for one without an e-mail address or in no list, and where signing in lies more than
    `signed_in_hours` ago.
    """
    email = _text(claims.get("email")).casefold()
    signed_in = _instant(claims.get("iat"), now)
    if signed_in is None or now - signed_in > timedelta(hours=access.signed_in_hours):
        hours = f"{access.signed_in_hours:,} hour{'s' if access.signed_in_hours != 1 else ''}"
        raise NotAdmitted(f"You signed in more than {hours} ago. Please sign in again.", again=True)
    if signed_in > now + SLACK:
        raise NotAdmitted("Your sign-in carries a time that has not come yet. Please sign in again.", again=True)
    if not email:
        raise NotAdmitted("Your identity provider did not say your e-mail address, so nobody can tell who you are.")
    if claims.get("email_verified") in (False, "false"):
        raise NotAdmitted(f"Your identity provider has not verified that {email} is yours.")
    role = role_of(email, _groups(claims.get(access.groups_claim)), access)
    if not role:
        raise NotAdmitted(f"{email} is on none of the lists of who may see this dashboard. Ask who looks after it.")
    name = _text(claims.get("name"))
    return Reader(f"{name} ({email})" if name and name.casefold() != email else email, role)


def role_of(email: str, groups: Iterable[str], access: Access) -> str:
    """The highest role that a list gives an address or one of its groups; '' where none does."""
    _, at, domain = email.casefold().rpartition("@")
    names = {EVERYBODY, email.casefold(), at and at + domain, *(GROUP + group for group in groups)}
    for role, listed in ((ADMIN, access.admins), (EDITOR, access.editors), (VIEWER, access.viewers)):
        if any(_same(entry) in names for entry in listed):
            return role
    return ""


def _same(entry: str) -> str:
    """An address in small letters, a group as the provider writes it."""
    return entry if entry.startswith(GROUP) else entry.casefold()


def _groups(said: Any) -> tuple[str, ...]:
    if isinstance(said, str):
        return (said,)
    return tuple(g for g in said if isinstance(g, str)) if isinstance(said, list | tuple) else ()


def _text(said: Any) -> str:
    """One line of text without what cannot be seen; '' for anything else."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:200] if isinstance(said, str) else ""


def _instant(said: Any, now: datetime) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(said), now.tzinfo)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refusal_to_listen(address: str | None, signs_in: bool, access: Access) -> str:
    """Why a dashboard must not listen at `address` (None: everywhere); '' where it may.

    Without sign-in it is open on this machine alone, unless gtm.toml says otherwise aloud.
    """
    if signs_in or access.open_to_network or (address or "").strip("[]").casefold() in LOOPBACK:
        return ""
    where = f"at {address}" if address else "at every address of this machine"
    return (
        f"GTM Metrics would listen {where}, and no sign-in is set up: anybody who reaches it could read customers' "
        "names and change decisions. Set up sign-in ([auth] in .streamlit/secrets.toml, docs/access.md), or serve this "
        'machine alone (server.address = "127.0.0.1"), or say aloud in gtm.toml that all may come: '
        "access.open_to_network = true."
    )
