"""Texts that are attempts, in every name, reason, note and quote of a company at once: on every page and in every file
they are text, and nothing but text."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apps
import hostile
import pytest
import visits
from google.protobuf.message import Message
from lxml import etree
from test_fuzzed_commands import CONTROL, ran

from gtm_metrics.controls import tabs
from gtm_metrics.words import escaped
from gtm_metrics.words.plain import LONGEST

pytestmark = pytest.mark.xdist_group("hostile texts")

VIEWS = [
    *((page, {}) for page in ("home", "best-fit", "alternatives", "tighten")),
    *(("tighten", {tabs.TAB: tab}) for tab in (tabs.TRACKED, tabs.SAY, tabs.SONG)),
    ("markets", {"show": "people"}),
    ("segment", {"by": "industry", "segment": hostile.TEXTS[2], "view": "board"}),
]
READ_AS_MARKDOWN = ("body", "label", "help", "content", "caption", "captions", "text", "message")
"""Fields of Streamlit's elements that are read as Markdown where the element has them, and those shown as they stand
that must still hold no mark that turns or hides what follows."""
ACTIVE = re.compile(
    r"(?<!\\)(?:<(?:script|img|b>|https|svg|a )|\*\*bold|\[link\]|\[run\]|!\[picture|~~gone|`code|\$x|\$\$y|\{\{7)"
    r"|(?<!\\)(?:&lt;b|&#60;)|:(?:red\[|smile:|material/home)|https://evil|www\.evil|a@evil|^# Heading|^1\. item",
    re.I | re.M,
)
"""What would become something else, where it stands with neither a backslash nor a word joiner in its way."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
TO_CRM = re.compile(r"\[open\]\(<https://crm\.example\.com/[\w./%-]+>\)")
"""The one link that a short table holds: an account in the CRM, by an address in which nothing is left to act."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """The hostile company, its journal full of it."""
    return hostile.an_app(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def typed_at(app: apps.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to type commands in, about that company."""
    monkeypatch.chdir(tmp_path)
    for name, value in app.environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def elements(block: Any) -> Iterator[Message]:
    """What an app sends to the browser for a part of a page: each element, and what it calls its boxes."""
    for child in block.children.values():
        if isinstance(getattr(child, "proto", None), Message):
            yield child.proto
        if hasattr(child, "children"):
            yield from elements(child)


def texts(message: Message) -> Iterator[str]:
    """Every text of an element that stands in one of those fields."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else (value,):
            if isinstance(each, Message):
                yield from texts(each)
            elif isinstance(each, str) and field.name in READ_AS_MARKDOWN:
                yield each


@pytest.mark.parametrize(("page", "query"), VIEWS, ids=lambda part: "".join(part)[:20] if part else "plain")
def test_on_every_page_they_are_text(app: apps.App, page: str, query: dict[str, str]) -> None:
    """No exception; nothing that Markdown, HTML or LaTeX would make of them, no mark that turns the line; and no text
    that makes a page as long as it is: 10,000 characters are cut, and where a table cuts them the whole is under it."""
    session = visits.Visitor(app.config.parent, {}).opened(app, page, **query)
    assert not session.exception
    read = [text for element in elements(session._tree) for text in texts(element)]
    cells = [str(cell) for table in session.table for cell in table.value.to_numpy().ravel()]
    cells = [cell for cell in cells if not TO_CRM.fullmatch(cell)]
    assert read
    for text in (*read, *cells):
        assert not ACTIVE.search(text), text[:300]
        assert not UNSEEN.search(text), text[:300]
        assert not re.search(r"x{2000}|(word ){400}", text), text[:300]
    for chart in session.get("vega_lite_chart"):
        assert not UNSEEN.search(chart.proto.spec + chart.proto.alt)
        assert len(chart.proto.alt) < 17_000
        assert not re.search(r"x{200}|(word ){40}", chart.proto.alt)
    if any(re.search("x{100}…x{100}", cell) for cell in cells):
        whole = [str(cell) for frame in session.dataframe for cell in frame.value.to_numpy().ravel()]
        assert "x" * 10_000 in whole


def test_a_text_of_a_page_is_cut_where_nobody_says_otherwise() -> None:
    """Both ends stand; what is short enough stands as it is."""
    assert escaped("a" * LONGEST) == "a" * LONGEST
    assert escaped("a" * 5_000 + "b" * 5_000) == "a" * 500 + "…" + "b" * 499


def test_in_what_commands_print_they_are_text(typed_at: Path) -> None:
    """In tables no control character or turned line, in CSV no formula, in JSON all of it; at the end of each 0."""
    lines = (("alternatives",), ("markets",), ("customers",), ("journal", "pins"), ("journal", "notes"),
             ("journal", "canvas"), ("journal", "audit"))  # fmt: skip
    for line in lines:
        code, table, err = ran(line)
        assert code == 0, err
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\u2066]", table), line
        made = list(csv.reader(io.StringIO(ran((*line, "--format=csv"))[1], newline="")))
        assert not [cell for row in made for cell in row if re.match(r" *[=+@\t\r]|-[^\d.]", cell)], line
    whole = json.loads(ran(("journal", "export"))[1])
    assert {text.strip() for text in hostile.TEXTS} == {note["account"].strip() for note in whole["tables"]["notes"]}


def test_in_files_they_are_text(typed_at: Path) -> None:
    """A deck's slides and notes, pictures, a workbook, the digest in Markdown and HTML, the support file and lines of
    the log: well-formed, no element, link, formula or address comes of a text."""
    ways = (("board.pptx", ("decision", "markets")), ("pictures", ("alternatives",)), ("board.xlsx", ("alternatives",)))
    for out, findings in ways:
        code, _out, err = ran(("deck", f"--out={typed_at / out}", *(f"--finding={finding}" for finding in findings)))
        assert code == 0, err
    code, _out, err = ran(("digest", f"--out={typed_at / 'digest'}"))
    assert code in (0, 3), err
    made = sorted(path for path in typed_at.rglob("*") if path.is_file())
    assert {path.suffix for path in made} == {".pptx", ".xlsx", ".png", ".svg", ".md", ".html"}
    for file in made:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as parts:
                for name in parts.namelist():
                    if name.endswith((".xml", ".rels")):
                        text = parts.read(name)
                        etree.fromstring(text)
                        assert b"<f>" not in text
                        assert b"evil.example" not in text or not name.endswith(".rels")
        elif file.suffix == ".svg":
            found = etree.fromstring(file.read_bytes())
            assert not found.xpath("//*[local-name()='script' or local-name()='image' or local-name()='a']")
        elif file.suffix in (".html", ".md"):
            told = file.read_text(encoding="utf-8")
            html = re.compile("<script|<img src=https|<b>|(?:href|src)=.https://evil")
            assert not (html if file.suffix == ".html" else ACTIVE).search(told), file
            assert not UNSEEN.search(told)
    assert ran(("support", f"--out={typed_at / 'support.zip'}"))[0] == 0
    with zipfile.ZipFile(typed_at / "support.zip") as bundle:
        told = "".join(bundle.read(name).decode() for name in bundle.namelist())
    assert not re.search("evil|alert|bold|Heading|xxxxx|drop table|SUM", told)
    assert not CONTROL.search(told.replace("\n", ""))
