"""Pages as AppTest shows them: opened under an address on one of the apps, and read as plain values."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
from streamlit.components.v2.manifest_scanner import scan_component_manifests
from streamlit.testing.v1 import AppTest

MENU = apps.ROOT / "pages" / "menu.py"
PAGES = {
    "home": None,
    "segment": "this_week/segment.py",
    "best-fit": "decide/best_fit.py",
    "alternatives": "decide/alternatives.py",
    "markets": "decide/follow_on_markets.py",
    "warehouse": "data/warehouse.py",
    "definitions": "data/definitions.py",
}
"""Pages by name that every warehouse is shown on; home is the one that opens by itself."""
PATHS = {**PAGES, "tighten": "decide/tighten.py", "board-deck": "share/board_deck.py"}
"""Every page."""
INSTALLED = cache(scan_component_manifests)
"""Components of installed packages: every session looks for them in all packages, and what is installed stays."""
SECONDS = 120
"""A run may take this long on a machine that does much else."""


@dataclass(frozen=True)
class Seen:
    """What a page shows: exceptions, titles, every text that is read as Markdown, charts (what is written in them,
    text alternative) and tables by their text alternative."""

    exceptions: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    charts: tuple[tuple[tuple[str, ...], str], ...]
    tables: Mapping[str, pd.DataFrame]


def seen(page: AppTest) -> Seen:
    """The page as it stands after its last run."""
    return Seen(
        tuple(each.message for each in page.exception),
        tuple(each.value for each in page.title),
        tuple(_texts(page)),
        tuple((tuple(_written(each.proto)), each.proto.alt) for each in page.get("vega_lite_chart")),
        {each.proto.alt: each.value for each in (*page.dataframe, *page.table)},
    )


def _written(chart: Any) -> Iterator[str]:
    """Every text in a chart; each of its layers holds its own data."""
    for layer in json.loads(chart.spec)["layer"]:
        for row in layer["data"]["values"]:
            yield from (str(row[column]) for column in ("text", "label", "numbers") if column in row)


def _texts(page: AppTest) -> Iterator[str]:
    """Bodies of Markdown, captions, titles and alerts, and the labels and options that widgets read as Markdown."""
    for element in every(page._tree):
        proto = getattr(element, "proto", None)
        yield from (
            getattr(proto, field)
            for field in ("body", "label")
            if isinstance(getattr(proto, field, ""), str) and getattr(proto, field, "")
        )
        if element.type == "button_group":
            yield from (option.content for option in proto.options)


def every(block: Any) -> Iterator[Any]:
    """Everything in a part of a page, blocks after what they hold."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from every(child)
        yield child


@dataclass(frozen=True)
class Visitor:
    """Opens pages; what was seen once is not opened again."""

    folder: Path
    found: dict[tuple[Any, ...], Seen]

    def __call__(self, name: str, page: str, **query: str) -> Seen:
        """The page of the app called `name` under an address's query."""
        key = (name, page, *sorted(query.items()))
        if key not in self.found:
            self.found[key] = seen(self.opened(apps.an_app(self.folder, name), page, **query))
        return self.found[key]

    def opened(self, app: apps.App, page: str, **query: str) -> AppTest:
        """A session of its own that has the page open."""
        found = mock.patch("streamlit.components.v2.manifest_scanner.scan_component_manifests", INSTALLED)
        with mock.patch.dict(os.environ, app.environment), found:
            session = AppTest.from_file(MENU, default_timeout=SECONDS)
            path = PATHS[page]
            if path is None:
                return asked(session, query)
            # an address counts from the second page on; the first run tells the session which pages there are
            with mock.patch("streamlit.navigation.page.Page.run"):
                session.run()
            return asked(session.switch_page(path), query)


def asked(session: AppTest, query: Mapping[str, str]) -> AppTest:
    """The session after a run under this query."""
    for key, value in query.items():
        session.query_params[key] = value
    return session.run()
