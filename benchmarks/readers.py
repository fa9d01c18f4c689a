"""Many readers at once: real WebSocket sessions that open pages, change the view, and open them again.

A session speaks to the server as a browser does (Streamlit's protocol buffers over its WebSocket); what a browser
spends on drawing is not in it. Every reader opens every view in turn, several times over, and reads between two of them
for up to 20 seconds, 10 on average. The server is fresh, on loopback, on the demo company, its weeks refreshed; its log
counts the queries.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.browser import REPOSITORY, Server, serving
from benchmarks.report import Line, Report
from benchmarks.report import Part as Table

PART, RERUNS_PART = "readers", "reruns"
READERS = (1, 20, 50)
ROUNDS = 2
READING = 20.0
"""Seconds that a reader looks at a page, at most."""
SECONDS_TO_WAIT = 300
RERUNS, WARM_UP, STAYING, COMING = 2, 20, 4, 200
"""Thousands of pages that are made again by STAYING readers, after a warm-up of so many rounds by one; and how many
readers then come one after the other, each for one page."""
VIEWS = (
    ("", "by=industry"),
    ("", "by=region"),
    ("tighten", ""),
    ("best-fit", ""),
    ("alternatives", ""),
    ("segment", "segment=Education"),
)
"""Pages by their path, with the query of their address."""


async def _reader(
    url: str,
    views: Sequence[tuple[str, str]],
    reading: float,
    chance: random.Random,
    seconds: list[float],
    broken: list[str],
) -> None:
    """One session: the views one after the other, up to `reading` seconds between two; adds the seconds that each took
    until its script was done."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.asyncio.client import connect

    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(address, origin=url, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
        for path, query in views:
            await asyncio.sleep(chance.uniform(0, reading))
            asked = BackMsg()
            asked.rerun_script.query_string, asked.rerun_script.page_name = query, path
            begun = time.perf_counter()
            await socket.send(asked.SerializeToString())
            while True:
                told = ForwardMsg()
                told.ParseFromString(await asyncio.wait_for(socket.recv(decode=False), SECONDS_TO_WAIT))
                kind = told.WhichOneof("type")
                if kind == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
                    broken.append(f"{path}?{query}: {told.delta.new_element.exception.message}")
                if kind == "page_not_found":
                    broken.append(f"{path}: page not found")
                if kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
            seconds.append(time.perf_counter() - begun)


async def _all(
    url: str,
    readers: int,
    rounds: int,
    reading: float,
    seconds: list[float],
    broken: list[str],
    views: Sequence[tuple[str, str]] = VIEWS,
) -> None:
    chances = [random.Random(number) for number in range(readers)]
    todo = [*views] * rounds
    await asyncio.gather(*(_reader(url, todo, reading, chance, seconds, broken) for chance in chances))


@contextmanager
def _demo() -> Iterator[tuple[Server, Path]]:
    """A server of the demo company, its weeks refreshed, and the file its log goes to."""
    with tempfile.TemporaryDirectory(prefix="gtm-readers-") as folder:
        place = Path(folder)
        (place / "gtm.toml").write_text((REPOSITORY / "gtm.toml").read_text())
        environment = {"GTM_CONFIG": str(place / "gtm.toml"), "GTM_WAREHOUSE": f"duckdb:///{place / 'demo.duckdb'}",
                       "GTM_LOG": "json", "GTM_LOG_LEVEL": "info"}
        command = [sys.executable, "-m", "gtm_metrics.cli"]
        for step in (("demo",), ("refresh",)):
            subprocess.run([*command, *step, "--config", str(place / "gtm.toml")], check=True, capture_output=True,
                           env={**os.environ, **environment, "GTM_LOG_LEVEL": "error"}, timeout=600)
        log = place / "log"
        with log.open("wb") as stream, serving(REPOSITORY / "app.py", environment, stream) as server:
            yield server, log


def _queries(log: Path) -> int:
    """How many queries the log tells of."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
    return sum(json.loads(line)["message"] == "query" for line in lines)


def measure(report: Report, readers: tuple[int, ...] = READERS, rounds: int = ROUNDS) -> None:
    """One reader, then more at once on the same server: seconds a page, queries, memory; errors are raised."""
    report.open(PART, Table(
        "Many readers at once on the demo company",
        f"WebSocket sessions, each {len(VIEWS)} views {rounds} times over, {READING / 2:g} seconds of reading between "
        "two. Beside one reader on the same server who does not read, came first and paid for counting. A page's "
        "seconds are the server's, without the browser's drawing.",
        ("", "seconds a page (half, 95 %)", "one reader", "ratio of halves")))
    with _demo() as (server, log):
        alone = 0.0
        for several in readers:
            before, asked, seconds, broken = server.resident_mb, _queries(log), [], []  # type: ignore[var-annotated]
            reading = READING if several > 1 else 0.0
            asyncio.run(_all(server.url, several, rounds, reading, seconds, broken))
            if broken:
                raise RuntimeError(f"{len(broken)} of {len(seconds)} pages broke, the first: {broken[0]}")
            half, most = statistics.median(seconds), sorted(seconds)[int(0.95 * (len(seconds) - 1))]
            alone = alone or half
            what = f"{several} at once: {len(seconds):,} pages, {_queries(log) - asked} queries, " \
                   f"{server.resident_mb - before:+.0f} MB to {server.resident_mb:.0f}"
            report.add(Line(PART, what, f"{half:.2f}, {most:.2f}", f"{alone:.2f}", half / alone))


def measure_reruns(report: Report, thousands: int = RERUNS) -> None:
    """Pages made again by the thousand on one server, and readers who come and go: what they add to its memory."""
    report.open(RERUNS_PART, Table(
        "Memory over thousands of pages",
        f"The demo company, {len(VIEWS)} views in turn without a pause between two, {STAYING} readers a thousand. "
        "Resident memory of the server at its end, beside that before.",
        ("", "MB", "MB before", "MB more per 1,000 pages")))
    with _demo() as (server, _log):
        _made_again(report, server, "warm-up", 1, WARM_UP)
        for number in range(1, thousands + 1):
            _made_again(report, server, f"thousand {number}", STAYING, 1000 // (STAYING * len(VIEWS)) + 1)
        _made_again(report, server, f"{COMING} readers who come and go", 1, 1, COMING)


def _made_again(report: Report, server: Server, what: str, readers: int, rounds: int, times: int = 1) -> None:
    """One line: pages by so many readers at once, so many times."""
    before, seconds, broken = server.resident_mb, [], []  # type: ignore[var-annotated]
    for _ in range(times):
        views = VIEWS if times == 1 else VIEWS[:1]
        asyncio.run(_all(server.url, readers, rounds, 0.0, seconds, broken, views))
    if broken:
        raise RuntimeError(f"{len(broken)} of {len(seconds)} pages broke, the first: {broken[0]}")
    after = server.resident_mb
    more = (after - before) / len(seconds) * 1000
    said = f"{what}: {len(seconds):,} pages, half of them within {statistics.median(seconds):.2f} s"
    report.add(Line(RERUNS_PART, said, f"{after:.0f}", f"{before:.0f}", more))
