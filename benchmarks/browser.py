"""What a reader waits for: home and Tighten positioning on a large company beside bare pages, in Chromium, in one run.

A page is there when nothing in it has changed for a while and the script has ended; the time is that of the last
change, counted from the navigation or the click. Both servers are fresh, on loopback, and stopped at the end.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.asking import Place
from benchmarks.measure import MEGABYTE, Times
from benchmarks.report import Line, Part, Report, memory, millions

REPOSITORY = Path(__file__).resolve().parents[1]
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")
SECONDS_TO_WAIT = 120
TURNS = 3
"""Fresh servers of each kind."""

QUIET = 800
"""Milliseconds without a change after which a page is taken to be done."""

WATCH = """
window.lastChange = 0; window.lastDrawing = 0; window.clicked = 0;
new MutationObserver(changes => {
    for (const change of changes) {
        const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
        if (!at || !at.closest('[data-testid="stMain"]')) continue;
        window.lastChange = performance.now();
        if (at.closest('[data-testid="stVegaLiteChart"]')) window.lastDrawing = window.lastChange;
    }
}).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
document.addEventListener('click', () => { window.clicked = window.lastChange = performance.now(); }, true);
"""
DONE = """quiet => {
    const charts = document.querySelectorAll('[data-testid="stVegaLiteChart"]');
    const drawn = charts.length > 0 && [...charts].every(c => c.querySelector('svg.marks, canvas'));
    const app = document.querySelector('[data-testid="stApp"]');
    const state = app && app.getAttribute('data-test-script-state');
    const waiting = document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"]');
    return drawn && !waiting && (state === null || state === 'notRunning')
        && performance.now() - window.lastChange > quiet;
}"""
HOME_WARM, FILTER, FIRST, MEMORY = 2.0, 3.0, 1.3, 2.0
TIGHTEN = 2.0
LINKS = {"app.py": ("Tighten positioning", "Funnel health"), "bare_pages.py": ("Second", "First")}
"""Of each app, the link of the page that is measured and of the one it is opened from."""
CHOICES = ("Region", "Company size", "Industry")


@dataclass(frozen=True)
class Server:
    """A running Streamlit server: its address and its process."""

    url: str
    pid: int

    @property
    def resident_mb(self) -> float:
        """Resident memory of the process now, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024 / MEGABYTE


@contextmanager
def serving(script: Path, environment: dict[str, str], log: Any = subprocess.DEVNULL) -> Iterator[Server]:
    """`streamlit run script` on a free loopback port, once it answers; ended on the way out. `log` takes its stderr."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.headless", "true",
         "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"],
        cwd=REPOSITORY, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=log)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).read()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"streamlit run {script.name} did not answer") from None
                time.sleep(0.1)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def fresh_tab(play: Any) -> Iterator[Any]:
    """A tab in a Chromium with a profile of its own that nobody used before."""
    chromium = next((p for p in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(p).exists()), None)
    browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
    try:
        page = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block").new_page()
        page.set_default_timeout(SECONDS_TO_WAIT * 1000)
        page.add_init_script(WATCH)
        yield page
    finally:
        browser.close()


def load(page: Any, url: str) -> tuple[float, float]:
    """Seconds from asking for a page to the last change of its chart, and to its last change at all."""
    page.goto(url, wait_until="commit")
    page.wait_for_function(DONE, arg=QUIET)
    drawing, change = page.evaluate("[window.lastDrawing, window.lastChange]")
    return drawing / 1000, change / 1000


def choose(page: Any, label: str) -> tuple[float, float]:
    """Seconds from clicking a choice of "Segment by" to the last change of the chart, and to the last at all."""
    page.locator('[data-testid="stButtonGroup"]').first.get_by_text(label, exact=True).click()
    page.wait_for_function(DONE, arg=QUIET)
    clicked, drawing, change = page.evaluate("[window.clicked, window.lastDrawing, window.lastChange]")
    return (drawing - clicked) / 1000, (change - clicked) / 1000


def follow(page: Any, link: str) -> tuple[float, float]:
    """Seconds from clicking a page's link in the menu to the last change of its charts, and to the last at all."""
    page.get_by_test_id("stSidebarNavLink").get_by_text(link, exact=True).click()
    page.wait_for_function(DONE, arg=QUIET)
    clicked, drawing, change = page.evaluate("[window.clicked, window.lastDrawing, window.lastChange]")
    return (drawing - clicked) / 1000, (change - clicked) / 1000


def measure_tighten(place: Place, rows: int, repeats: int, report: Report) -> None:
    """Tighten positioning opened by its link and by its address, again and again, beside an app of two bare pages: in
    turn, on servers that have shown every page before."""
    from playwright.sync_api import sync_playwright

    report.open("tighten", Part(
        f"Tighten positioning on {millions(rows)} touches beside an app of two bare pages",
        "Chromium, headless, 1440 wide; shown before, so counted and judged. Counted from the click or the navigation. "
        "Each bare page has a title and one chart of eight points.",
        ("", "GTM Metrics", "bare page", "ratio")))
    ours, bare = REPOSITORY / "app.py", REPOSITORY / "benchmarks" / "bare_pages.py"
    environment_of = {ours: {"GTM_CONFIG": str(place.toml)}, bare: {}}
    path_of = {ours: "/tighten", bare: "/second"}
    opened, again = "opened by its link, warm", "opened by its address, warm"
    seconds: dict[tuple[str, Path], list[tuple[float, float]]] = {}
    with sync_playwright() as play, ExitStack() as stack:
        urls = {s: stack.enter_context(serving(s, environment_of[s])).url for s in (ours, bare)}
        pages = {s: stack.enter_context(fresh_tab(play)) for s in (ours, bare)}
        for script, page in pages.items():
            load(page, urls[script])
            load(page, urls[script] + path_of[script])
        for _ in range(repeats):
            for script, page in pages.items():
                to, back = LINKS[script.name]
                seconds.setdefault((again, script), []).append(load(page, urls[script] + path_of[script]))
                follow(page, back)
                seconds.setdefault((opened, script), []).append(follow(page, to))
    for what in (opened, again):
        for nth, until in enumerate(("to the last chart", "to the last change, tables and all")):
            mine, other = (Times(tuple(taken[nth] for taken in seconds[what, script])) for script in (ours, bare))
            report.add(Line("tighten", f"{what}, {until}", str(mine), str(other), mine.median / other.median, TIGHTEN))


def measure(place: Place, rows: int, repeats: int, report: Report) -> None:
    """Fresh servers and fresh profiles for what happens first; then one of each, in turn, for what happens again."""
    from playwright.sync_api import sync_playwright

    report.open("browser", Part(
        f"The home page on {millions(rows)} touches beside a bare one-chart page",
        "Chromium, headless, 1440 wide. Counted from the navigation or the click. "
        "The bare page has one choice and one chart of eight points.",
        ("", "GTM Metrics", "bare page", "ratio")))
    home, bare = REPOSITORY / "app.py", REPOSITORY / "benchmarks" / "bare_page.py"
    environment = {"GTM_CONFIG": str(place.toml)}
    environment_of = {home: environment, bare: {}}
    seconds: dict[tuple[str, Path], list[tuple[float, float]]] = {}

    def note(what: str, script: Path, taken: tuple[float, float]) -> None:
        seconds.setdefault((what, script), []).append(taken)

    def add(what: str, goal: float) -> None:
        for nth, until in enumerate(("to the last chart", "to the last change, tables and all")):
            ours, other = (Times(tuple(taken[nth] for taken in seconds[what, script])) for script in (home, bare))
            report.add(Line("browser", f"{what}, {until}", str(ours), str(other), ours.median / other.median, goal))

    first, new, again, warm = ("first load on a fresh server", "another choice, not counted before",
                               "another choice, counted before", "home once more, warm")
    resident: dict[Path, list[float]] = {home: [], bare: []}
    with sync_playwright() as play:
        for turn in range(TURNS):
            with ExitStack() as stack:
                servers = {s: stack.enter_context(serving(s, environment_of[s])) for s in (home, bare)}
                for script, server in servers.items():
                    with fresh_tab(play) as page:
                        note(first, script, load(page, server.url))
                        for label in CHOICES[:2]:
                            note(new, script, choose(page, label))
                if turn == TURNS - 1:
                    pages = {s: stack.enter_context(fresh_tab(play)) for s in (home, bare)}
                    for script, page in pages.items():
                        load(page, servers[script].url)
                    for _ in range(repeats):
                        for script, page in pages.items():
                            note(warm, script, load(page, servers[script].url))
                            for label in CHOICES:
                                note(again, script, choose(page, label))
                for script, server in servers.items():
                    resident[script].append(server.resident_mb)
    add(warm, HOME_WARM)
    add(again, FILTER)
    add(new, FILTER)
    add(first, FIRST)
    ours, other = (statistics.median(resident[script]) for script in (home, bare))
    report.add(Line("browser", "memory of the server afterwards", memory(ours), memory(other), ours / other, MEMORY))
