"""Signing in, with an identity provider on this machine that speaks OpenID Connect, in a browser."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apps
import pytest
import servers
from tabs import MILLISECONDS
from test_fuzzed_commands import ran

pytestmark = pytest.mark.xdist_group("browser")

COOKIE_SECRET = "a secret of the tests, long enough to sign with"
CLIENT_SECRET = "the-clients-own-0teeth"
PASSWORD = "stale-Walrus-77"
SECRETS = f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "gtm-metrics"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "http://127.0.0.1:{{provider}}/.well-known/openid-configuration"
"""
ACCESS = '\n[access]\nviewers = ["@fernhill.example"]\neditors = [{editors}]\nsigned_in_hours = 1\n'
PEOPLE = {
    "vera": {"email": "vera@fernhill.example", "name": "Vera <b>Viewer</b>"},
    "ed": {"email": "ed@fernhill.example", "name": "Ed Editor", "groups": ["revops"]},
    "eve": {"email": "eve@elsewhere.example", "name": "Eve"},
}


@dataclass(frozen=True)
class Door:
    """A dashboard that asks who one is: its address, its gtm.toml, and the browser that comes to it."""

    server: str
    config: Path
    plain: str
    browser: Any

    def comes(self) -> Any:
        """A page of a new person: no cookie, nothing known."""
        page = self.browser.new_context(viewport={"width": 1440, "height": 1400}).new_page()
        page.set_default_timeout(MILLISECONDS)
        return page

    def editors(self, *entries: str) -> None:
        """Writes who may edit into gtm.toml."""
        listed = ", ".join(f'"{entry}"' for entry in entries)
        self.config.write_text(self.plain + ACCESS.format(editors=listed), encoding="utf-8")

    def signed_in(self, who: str) -> Any:
        """A page on which one has signed in at the provider."""
        page = self.comes()
        self.sign_in(page, who)
        return page

    def sign_in(self, page: Any, who: str) -> None:
        """Signs in at the provider."""
        page.goto(self.server)
        page.get_by_role("button", name="Sign in").click()
        page.locator("input[name=sub]").fill(who)
        page.locator("button[type=submit], input[type=submit]").first.click()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The small company behind sign-in, on a fresh server, with a provider that knows three people."""
    from oidc_provider_mock import User, run_server_in_thread

    folder = tmp_path_factory.mktemp("door")
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", folder)
    plain = app.config.read_text(encoding="utf-8")
    users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    try:
        with apps.browser() as browser, run_server_in_thread(user_claims=users) as provider:
            port = servers.free_port()
            (folder / ".streamlit").mkdir()
            secrets = SECRETS.format(port=port, provider=provider.server_port)
            (folder / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
            # the warehouse is the one that gtm.toml names, so that a test may change it
            own = apps.App(app.config, "", app.journal)
            plain = f'[warehouse]\nurl = "{app.url}"\n{plain}'
            with apps.served(own, folder, port, folder / "server.log") as server:
                found = Door(server, app.config, plain, browser)
                found.editors("group:revops")
                yield found
    except apps.NoBrowser as why:
        if os.environ.get("GTM_REQUIRE_ALL"):
            pytest.fail(str(why))
        pytest.skip(str(why))


def says(page: Any, text: str) -> None:
    """Waits until the page's title matches."""
    from playwright.sync_api import expect

    expect(page.locator("h1").first).to_have_text(re.compile(text), timeout=MILLISECONDS)


def read(place: Any) -> str:
    """What stands at a place, without the mark that keeps an address from becoming a link."""
    return str(place.inner_text()).replace("\u2060", "")


def done(page: Any) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def test_a_deep_link_first_on_a_fresh_server_asks_to_sign_in(door: Door) -> None:
    """The first address that a new server is asked for is no way round the question, and no figure is on the page."""
    page = door.comes()
    page.goto(f"{door.server}/best-fit?by=industry")
    says(page, "Please sign in")
    done(page)
    assert page.get_by_test_id("stVegaLiteChart").count() == 0
    assert page.get_by_test_id("stSidebarNav").count() == 0
    assert "Best" not in page.locator("body").inner_text()


def test_a_viewer_sees_every_page_and_changes_nothing(door: Door) -> None:
    """One of the company signs in, is told apart by name and role as text, and finds no form; as soon as gtm.toml makes
    an editor of them, the forms are there and write under the name that the provider vouches for."""
    door.editors("group:revops")
    page = door.signed_in("vera")
    page.get_by_test_id("stSidebarNav").wait_for()
    page.goto(f"{door.server}/best-fit")
    page.get_by_text("Whom to call, and what they said").wait_for()
    done(page)
    page.get_by_text("viewer. Only").wait_for()
    assert "Vera <b>Viewer</b> (vera@fernhill.example), viewer" in read(page.get_by_test_id("stSidebar"))
    assert page.get_by_text("Keep a profile").count() == 0
    assert page.get_by_text("Write down what they said").count() == 0

    door.editors("vera@fernhill.example")
    page.reload()
    opener = page.get_by_text("Write down what they said")
    opener.wait_for()
    done(page)
    # a form opens under its button, which may stand at the foot of the window
    opener.evaluate("each => each.scrollIntoView({block: 'start'})")
    opener.click()
    page.get_by_label("What they said, in one line").fill("saves us a day a week")
    page.get_by_label("Theme").fill("time saved")
    assert page.get_by_label("Heard by").count() == 0
    form = page.get_by_test_id("stForm").filter(has=page.get_by_label("What they said, in one line"))
    form.get_by_role("button", name="Write into the journal").click()
    page.get_by_text("What customers said: 1").wait_for()
    done(page)
    page.get_by_text("What customers said: 1").click()
    page.get_by_text("Vera <b>Viewer</b> (vera@\u2060fernhill.example)", exact=True).last.wait_for()


def test_one_on_no_list_is_refused(door: Door) -> None:
    """The provider knows Eve; the dashboard tells her so, shows nothing, and lets her sign out, at the provider too."""
    page = door.signed_in("eve")
    says(page, "You cannot see this dashboard")
    page.get_by_text("is on none of the lists").wait_for()
    assert "eve@elsewhere.example is on none of the lists" in read(page.locator("body"))
    assert page.get_by_test_id("stSidebarNav").count() == 0
    page.get_by_role("button", name="Sign out").click()
    says(page, "End Session")
    page.goto(door.server)
    says(page, "Please sign in")


def test_a_sign_in_ends(door: Door) -> None:
    """By the button at once; by the clock after access.signed_in_hours; a cookie of another's making never counts."""
    page = door.signed_in("ed")
    page.get_by_test_id("stSidebarNav").wait_for()
    done(page)
    cookie = next(c for c in page.context.cookies() if c["name"] == "_streamlit_user")

    def by(secret: str, hours: float = 0) -> str:
        return signed(secret, door.server, hours)

    for value in (by(COOKIE_SECRET, hours=2), by("another secret, as long as the one before it"), "x"):
        page.context.add_cookies([{**cookie, "value": value}])
        page.goto(door.server)
        says(page, "Please sign in")
    page.context.add_cookies([{**cookie, "value": by(COOKIE_SECRET)}])
    page.goto(door.server)
    page.get_by_test_id("stSidebarNav").wait_for()
    done(page)
    page.get_by_role("button", name="Sign out").click()
    says(page, "Please sign in")


def test_the_health_of_the_server_is_told_without_names(door: Door) -> None:
    """Whoever watches over the server need not sign in, and learns no name, figure or secret."""
    with urllib.request.urlopen(f"{door.server}/health", timeout=20) as answer:
        told = json.load(answer)
    assert set(told) == {"status", "version", "refreshed_week", "why"}
    assert told["status"] in ("ok", "degraded")


def test_no_secret_reaches_a_page_a_message_or_the_log(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the client's and the cookie's secret nor the warehouse's password is in what the browser of a reader is
    sent, on any page and where the warehouse cannot be opened, nor in the server's log at debug, nor in the support
    file."""
    secrets = [each.encode() for each in (COOKIE_SECRET, CLIENT_SECRET, PASSWORD)]
    door.editors("group:revops")
    page, sent = door.comes(), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(frame)))
    page.on("response", lambda response: sent.append(repr(response.headers)))
    door.sign_in(page, "ed")
    page.get_by_test_id("stSidebarNav").wait_for()
    for path in ("", "best-fit", "tighten", "board-deck", "warehouse", "definitions"):
        page.goto(f"{door.server}/{path}")
        page.locator("h1, [data-testid=stImage] img").first.wait_for()
        done(page)
        sent.append(page.content())
    away = f"postgresql+psycopg://reader:{PASSWORD}@127.0.0.1:1/db"
    door.config.write_text(door.config.read_text().replace(door.plain.split('"')[1], away), encoding="utf-8")
    page.reload()
    says(page, "cannot open the warehouse")
    page.get_by_text("did not answer").wait_for()
    sent += [page.content(), json.dumps(page.context.storage_state())]

    monkeypatch.chdir(door.config.parent)
    monkeypatch.setenv("GTM_CONFIG", str(door.config))
    assert ran(("support", "--out=support.zip"))[0] in (0, 1)
    with zipfile.ZipFile("support.zip") as bundle:
        told = [bundle.read(name) for name in bundle.namelist()]
    door.editors("group:revops")
    log = (door.config.parent / "server.log").read_bytes()
    assert b"could not" in log or b"query" in log
    assert [each for each in sent if isinstance(each, bytes) and b"Board deck" in each], "no message was heard"
    for text in (log, *told, *(each if isinstance(each, bytes) else each.encode() for each in sent)):
        assert not [secret for secret in secrets if secret in text], text[:300]


def signed(secret: str, server: str, hours: float = 0) -> str:
    """A cookie as Streamlit signs it, of Ed who signed in so many hours ago."""
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    claims = {**PEOPLE["ed"], "iat": time.time() - hours * 3600, "is_logged_in": True, "origin": server}
    return create_signed_value(secret, "_streamlit_user", json.dumps(claims)).decode()
