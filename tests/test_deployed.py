"""What lies in deploy/: the container file fits the tree, and nginx as it stands there passes everything on."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import apps
import pandas as pd
import pytest
import servers
from tabs import MILLISECONDS
from test_browser_access import ACCESS, PEOPLE, SECRETS, done, says

pytestmark = pytest.mark.xdist_group("browser")

DEPLOY = apps.ROOT / "deploy"
NAME = "gtm.example.com"
"""As it is called in nginx.conf; a name of another machine, and so one whose WebSocket is not taken unasked."""
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")


def steps() -> list[tuple[str, str]]:
    """(instruction, rest) of the container file, in order; lines that go on are one."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    return [(first, " ".join(rest.split())) for first, _, rest in (line.partition(" ") for line in lines if line)]


def only(instruction: str) -> str:
    """The rest of the one line with this instruction."""
    (found,) = [rest for name, rest in steps() if name == instruction]
    return found


def test_the_container_file_copies_what_is_there_and_all_that_the_app_needs() -> None:
    """Every path that it copies is in the tree; it copies the program, the pages and the settings, and no test, no
    secret and no data."""
    copied = {path for name, rest in steps() if name == "COPY" for path in rest.split()[:-1]}
    for path in copied:
        assert (apps.ROOT / path).exists(), path
    assert copied == {"requirements.lock", "pyproject.toml", "README.md", "LICENSE", "gtm_metrics", "app.py", "pages",
                      ".streamlit/config.toml"}
    names = tomllib.loads((apps.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {names["readme"], *names["license-files"]} <= copied


def test_the_container_file_starts_what_is_asked_how_it_is() -> None:
    """Its Python is one that the package takes; it runs as nobody in particular; the port it names, the one it listens
    at and the one whose health is asked are the same, and so is the path."""
    minor = re.fullmatch(r"python:3\.(\d+)-slim", only("FROM"))
    assert minor is not None
    lowest = tomllib.loads((apps.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert int(minor[1]) >= int(lowest.removeprefix(">=3."))
    port = only("EXPOSE")
    assert f"http://127.0.0.1:{port}/health" in only("HEALTHCHECK")
    command = json.loads(only("CMD"))
    assert command[:3] == ["streamlit", "run", "app.py"]
    assert {f"--server.port={port}", "--server.address=0.0.0.0"} <= set(command)
    user = only("USER")
    (made,) = [rest for name, rest in steps() if name == "RUN"]
    assert f"useradd --create-home --uid 10001 {user}" in made
    assert f"chown {user} data" in made
    assert only("VOLUME") == f"{only('WORKDIR')}/data"


def test_both_units_may_do_the_same() -> None:
    """The dashboard and the refresh run as one user from one folder, with the same settings and the same walls."""
    shared = []
    for unit in ("gtm-metrics", "gtm-refresh"):
        lines = (DEPLOY / f"{unit}.service").read_text(encoding="utf-8").split("[Service]\n")[1].splitlines()
        walls = lines[lines.index("# it reads the warehouse and writes the journal, and nothing else"):]
        shared.append([line for line in walls if line] + [line for line in lines if line.startswith(("User", "Work"))])
    assert [line for line in shared[0] if not line.startswith(("[Install]", "WantedBy"))] == shared[1]
    assert {"CapabilityBoundingSet=", "ProtectSystem=strict", "NoNewPrivileges=yes"} <= set(shared[1])


def test_no_address_is_asked_of_the_internet_when_it_starts() -> None:
    """Listening everywhere, Streamlit would ask a server on the Internet how it is reached, unless it is told."""
    settings = tomllib.loads((apps.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["browser"] == {"gatherUsageStats": False, "serverAddress": "127.0.0.1"}


class Passed:
    """A dashboard behind nginx: its address there, the provider's, and a browser that trusts any certificate."""

    def __init__(self, port: int, provider: str, browser: Any) -> None:
        self.address, self.port, self.provider = f"https://{NAME}:{port}", port, provider
        context = browser.new_context(ignore_https_errors=True, accept_downloads=True)
        self.page = context.new_page()
        self.page.set_default_timeout(MILLISECONDS)

    def asked(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """(status, answer) of a request without a browser."""
        trusting = ssl._create_unverified_context()
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", body, method="PUT" if body else "GET")
        try:
            with urllib.request.urlopen(request, timeout=20, context=trusting) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, b""


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passed]:
    """The small company behind sign-in and behind the nginx of deploy/, its names and numbers alone replaced."""
    from oidc_provider_mock import User, run_server_in_thread

    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    folder = tmp_path_factory.mktemp("proxy")
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", folder)
    app.config.write_text(app.config.read_text(encoding="utf-8") + ACCESS.format(editors=""), encoding="utf-8")
    users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    port, tls = servers.free_port(), servers.free_port()
    mapped = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with apps.browser(mapped) as browser, run_server_in_thread(user_claims=users) as provider:
        (folder / ".streamlit").mkdir()
        secrets = SECRETS.format(port=port, provider=provider.server_port)
        secrets = secrets.replace(f"http://127.0.0.1:{port}/", f"https://{NAME}:{tls}/")
        (folder / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
        shutil.copy(apps.ROOT / ".streamlit" / "config.toml", folder / ".streamlit")
        with apps.served(app, folder, port), _nginx(folder, port, tls):
            yield Passed(tls, f"http://127.0.0.1:{provider.server_port}", browser)


@contextmanager
def _nginx(folder: Path, port: int, tls: int) -> Iterator[None]:
    """nginx in front of `port`, at `tls`, with a certificate of its own; ended on the way out."""
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*key, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for was, now in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;"),
        ("/etc/ssl/gtm.example.com.pem", str(folder / "cert.pem")),
        ("/etc/ssl/gtm.example.com.key", str(folder / "key.pem")),
        ("http://127.0.0.1:8501", f"http://127.0.0.1:{port}"),
    ):
        assert text.count(was) == 1, was
        text = text.replace(was, now)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    files = f"pid {folder / 'pid'}; error_log {folder / 'error.log'};\n"
    head = f"daemon off; {files}events {{}}\nhttp {{ access_log off;\n"
    config = folder / "nginx.conf"
    config.write_text(f"{head}{places}{text}}}\n", encoding="utf-8")
    ran = ["timeout", str(apps.SECONDS_TO_LIVE), str(NGINX), "-c", str(config), "-e", str(folder / "error.log")]
    subprocess.run([*ran, "-t"], check=True, capture_output=True)
    server = subprocess.Popen(ran, stdin=subprocess.DEVNULL)
    try:
        _until_it_listens(server, tls)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def _until_it_listens(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + servers.SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("nginx did not start")


def test_a_page_behind_nginx(passed: Passed) -> None:
    """A deep link asks to sign in; the provider is told to send people back to https; then the page that was asked for
    is made over the WebSocket, with its chart, and its file is downloaded."""
    page = passed.page
    page.goto(f"{passed.address}/segment?segment=Education&window=52")
    says(page, "Please sign in")
    with page.expect_request(lambda request: request.url.startswith(passed.provider)) as sent:
        page.get_by_role("button", name="Sign in").click()
    back = parse_qs(urlsplit(sent.value.url).query)["redirect_uri"]
    assert back == [f"{passed.address}/oauth2callback"]
    page.locator("input[name=sub]").fill("vera")
    page.locator("button[type=submit], input[type=submit]").first.click()
    page.get_by_test_id("stSidebarNav").wait_for()
    assert page.url.startswith(f"{passed.address}/")
    page.goto(f"{passed.address}/segment?segment=Education&window=52")
    page.locator('[data-testid="stVegaLiteChart"] svg.marks').first.wait_for()
    done(page)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name="CSV").first.click()
    assert len(pd.read_csv(download.value.path())) > 0


def test_what_is_asked_without_a_page_behind_nginx(passed: Passed) -> None:
    """Health is told to whoever asks; a file of more than a megabyte is sent back, because no page takes one."""
    status, told = passed.asked("/health")
    assert (status, json.loads(told)["why"]) == (200, "")
    status, _ = passed.asked("/_stcore/upload_file/a/b", b"x" * 2_000_000)
    assert status == 413
