"""Who is let in and with what role, as a function of claims, lists and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtm_metrics.access import (
    ADMIN,
    EDITOR,
    MAY,
    NEAR,
    ROLES,
    VIEWER,
    Access,
    NotAdmitted,
    Reader,
    admitted,
    refusal_to_listen,
    role_of,
)
from gtm_metrics.company import Refused, read_company

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LISTS = Access(("@fernhill.example",), ("group:revops", "ed@fernhill.example"), ("Ada@Fernhill.example",))


def claims(email: str, **more: object) -> dict[str, object]:
    return {"email": email, "iat": (NOW - timedelta(hours=1)).timestamp(), **more}


@pytest.mark.parametrize(
    ("email", "groups", "role"),
    [
        ("bea@fernhill.example", [], VIEWER),
        ("ED@Fernhill.Example", [], EDITOR),
        ("bea@fernhill.example", ["revops"], EDITOR),
        ("bea@fernhill.example", "revops", EDITOR),
        ("bea@fernhill.example", ["RevOps", 7, None], VIEWER),
        ("ada@fernhill.example", ["revops"], ADMIN),
    ],
)
def test_a_reader_has_the_highest_role_that_a_list_gives(email: str, groups: object, role: str) -> None:
    """An address counts in any case, a group as its provider writes it; of several lists the one that allows most."""
    assert admitted(claims(email, groups=groups, name="Somebody"), LISTS, NOW).role == role


@pytest.mark.parametrize(
    "email", ["eve@elsewhere.example", "eve@notfernhill.example", "fernhill.example", "eve@fernhill.example.evil"]
)
def test_one_on_no_list_is_told_so(email: str) -> None:
    """A domain is the whole of what stands after the @."""
    with pytest.raises(NotAdmitted, match="on none of the lists"):
        admitted(claims(email), LISTS, NOW)


def test_without_lists_nobody_is_let_in() -> None:
    """A public provider signs anybody in: that is not yet leave to look."""
    with pytest.raises(NotAdmitted, match="on none of the lists"):
        admitted(claims("bea@fernhill.example"), Access(), NOW)
    assert admitted(claims("bea@fernhill.example"), Access(viewers=("*",)), NOW).role == VIEWER


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"email": ""}, "did not say your e-mail"),
        ({"email": ["ada@fernhill.example"]}, "did not say your e-mail"),
        ({"email_verified": False}, "has not verified"),
        ({"email_verified": "false"}, "has not verified"),
        ({"iat": (NOW - timedelta(hours=12, seconds=1)).timestamp()}, "more than 12 hours ago"),
        ({"iat": None}, "more than 12 hours ago"),
        ({"iat": "soon"}, "more than 12 hours ago"),
        ({"iat": 1e300}, "more than 12 hours ago"),
        ({"iat": (NOW + timedelta(minutes=6)).timestamp()}, "has not come yet"),
    ],
)
def test_claims_that_do_not_hold_are_turned_away_with_a_sentence(more: dict[str, object], why: str) -> None:
    """No address, one that is not verified, a sign-in that is over or that lies ahead."""
    with pytest.raises(NotAdmitted, match=why):
        admitted({**claims("ada@fernhill.example"), **more}, LISTS, NOW)


def test_a_name_is_one_short_line_with_the_address() -> None:
    """What the journal calls a reader cannot hide the address that was vouched for."""
    told = admitted(claims("ada@fernhill.example", name="Ada\n\u202eLovelace" + "x" * 500), LISTS, NOW)
    assert told.name.startswith("Ada Lovelace")
    assert told.name.endswith("(ada@fernhill.example)")
    assert len(told.name) < 250
    assert told.name.isprintable()


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_more_lists_never_take_a_role_away(email: str, groups: list[str]) -> None:
    """Whoever is let in stays let in when a list grows."""
    few, more = Access(viewers=("*",)), Access(viewers=("*",), editors=("group:a", "b@c"), admins=("@d",))
    assert ROLES.index(role_of(email, groups, more)) >= ROLES.index(role_of(email, groups, few))


def test_every_role_may_what_the_one_before_it_may() -> None:
    """Rights only grow, and nobody signed in as a viewer may write or take names."""
    allowed = [{what for what in MAY if Reader("x", role).may(what)} for role in ROLES]
    assert allowed[0] == {"look"}
    assert allowed[0] < allowed[1] < allowed[2] == set(MAY)
    assert all(NEAR.may(what) for what in MAY)


@pytest.mark.parametrize(
    ("address", "signs_in", "is_open", "listens"),
    [
        ("127.0.0.1", False, False, True),
        ("localhost", False, False, True),
        ("[::1]", False, False, True),
        ("0.0.0.0", False, False, False),
        ("", False, False, False),
        (None, False, False, False),
        ("127.0.0.1.evil.example", False, False, False),
        ("0.0.0.0", True, False, True),
        (None, False, True, True),
    ],
)
def test_without_sign_in_it_listens_to_this_machine_alone(
    address: str | None, signs_in: bool, is_open: bool, listens: bool
) -> None:
    """Elsewhere it listens with sign-in, or where gtm.toml says aloud that all may come."""
    refused = refusal_to_listen(address, signs_in, Access(open_to_network=is_open))
    assert (refused == "") == listens
    assert listens or "access.open_to_network" in refused


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('viewers = ["bea"]', 'access.viewers is .*it must be a list of addresses, "@domain", "group:name" or "\\*"'),
        ('admins = "ada@fernhill.example"', "access.admins is"),
        ("signed_in_hours = 0", "access.signed_in_hours is 0; it must be a whole number of hours from 1 to 720"),
        ('open_to_network = "yes"', "access.open_to_network is 'yes'; it must be true or false"),
        ("viewer = []", "access.viewer is not a setting; did you mean access.viewers"),
    ],
)
def test_a_slip_in_the_lists_is_refused(tmp_path: Path, line: str, told: str) -> None:
    """A list that is not understood lets nobody in by accident."""
    path = tmp_path / "gtm.toml"
    path.write_text(f"[access]\n{line}\n", encoding="utf-8")
    with pytest.raises(Refused, match=told):
        read_company(path, {})
