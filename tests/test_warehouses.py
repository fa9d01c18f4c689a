"""The same company in DuckDB, PostgreSQL and plain files: the same facts and the same counts, to the integer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from untidy import TODAY, untidy

from gtm_metrics import demo
from gtm_metrics.company import Company, read_company
from gtm_metrics.metrics import METRICS, metric_named
from gtm_metrics.question import Question
from gtm_metrics.sources import SHIPPED, TABLES
from gtm_metrics.tallies import dimensions, rows, tally
from gtm_metrics.warehouse import OK, Warehouse, WarehouseError, connect
from gtm_metrics.warehouse.build import load_folder, load_frames
from gtm_metrics.warehouse.clean import REASONS

OWN = SHIPPED / "own"
FACTS = ("status", "filled", "attributes", "rows_read", "rows_used", "reasons", "spans")
MILE = "Asia/Kolkata"
"""A zone that is no whole hour from UTC."""


@pytest.fixture(scope="session")
def server() -> Iterator[servers.Postgres]:
    """A private PostgreSQL; without its binaries the tests are skipped, unless GTM_REQUIRE_ALL=1."""
    try:
        with servers.postgres() as running:
            yield running
    except servers.NoServer as missing:
        if os.environ.get("GTM_REQUIRE_ALL") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@dataclass(frozen=True)
class Place:
    """A company's frames, where its files may lie, and what is asked of it."""

    frames: dict[str, pd.DataFrame]
    folder: Path
    today: date
    settings: Company
    by: tuple[str, str]
    within: str
    scope: tuple[tuple[str, str], ...]
    warehouses: dict[str, Warehouse] = field(default_factory=dict)

    def at(self, url: str) -> Warehouse:
        """Connects the warehouse at a URL as this company's."""
        return connect(replace(self.settings, url=url), self.today)

    @property
    def embedded(self) -> Warehouse:
        """The company's frames loaded into the embedded warehouse: what every other place is held against."""
        target = self.folder / "embedded.duckdb"
        if not target.exists():
            load_frames(self.frames, target, OWN, self.today, {"employees"}, lambda said: None)
        return self.at(f"duckdb:///{target}")


COMPANIES = ("untidy 1", "untidy 2", "winner", "small")


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """Two untidy companies, one a rule of understanding, and two of the demo's."""
    found = {}
    for name in COMPANIES:
        folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
        (folder / "gtm.toml").write_text("[segments]\nedges = {employees = [50, 200]}\n")
        settings = read_company(folder / "gtm.toml", {})
        if name.startswith("untidy"):
            frames = untidy(seed=int(name[-1]), rule=int(name[-1]))
            asked = (("industry", "order"), "pilot", (("region", "EU"),))
            found[name] = Place(frames, folder, TODAY, settings, *asked)
        else:
            asked = (("industry", "marketing_tool"), "region", (("region", "DACH"),))
            found[name] = Place(demo.company(name), folder, demo.AS_OF, settings, *asked)
    return found


def questions(place: Place) -> list[tuple[Question, tuple[str, ...]]]:
    """By one dimension, crossed, within, over edges, in a scope; 13 weeks and all; by week and band, and by age."""
    by_week, by_age = ("week", "band"), ("age",)
    one, other = place.by
    return [
        (Question(place.today), by_week),
        (Question(place.today, (one,)), by_week),
        (Question(place.today, ("employees",), weeks=None), by_week),
        (Question(place.today, place.by, place.within, None), by_age),
        (Question(place.today, (other,), weeks=None, scope=place.scope), ()),
        (Question(date(place.today.year - 1, 11, 9), (one,), weeks=26), by_week),
    ]


def same_frame(one: pd.DataFrame, other: pd.DataFrame, asked: object) -> None:
    """Both frames hold the same rows in any order, with the same types."""
    keys = [column for column in one if column not in ("trials", "successes")]
    ordered = [frame.sort_values(keys, key=lambda values: values.astype(str), ignore_index=True) if keys else frame
               for frame in (one, other)]
    pd.testing.assert_frame_equal(*ordered, obj=str(asked))


def same_everywhere(place: Place, other: Warehouse) -> None:
    """Facts, dimensions, every tally and the rows behind it are those of the embedded warehouse."""
    ours = place.embedded
    for name in TABLES:
        for fact in FACTS:
            assert getattr(other.relations[name], fact) == getattr(ours.relations[name], fact), (name, fact)
    assert other.data_through == ours.data_through
    assert dimensions(other, place.settings) == dimensions(ours, place.settings)
    for metric in METRICS:
        for question, keys in questions(place):
            here = tally(ours, place.settings, metric, question, keys)
            there = tally(other, place.settings, metric, question, keys)
            assert (there.status, there.why, there.first_week) == (here.status, here.why, here.first_week)
            same_frame(here.frame, there.frame, (metric.name, question, keys))
        question = Question(place.today, place.by[:1], weeks=None, splits=metric.splits)
        same_frame(tally(ours, place.settings, metric, question, ()).frame,
                   tally(other, place.settings, metric, question, ()).frame, (metric.name, question))
        pd.testing.assert_frame_equal(rows(ours, place.settings, metric, question),
                                      rows(other, place.settings, metric, question), obj=metric.name)


@pytest.mark.parametrize(("name", "zone"), [("untidy 1", None), ("untidy 1", MILE), ("untidy 2", None), ("winner", None),
                                            ("small", MILE)])
def test_postgresql_counts_as_duckdb_does(server: servers.Postgres, places: dict[str, Place], name: str,
                                          zone: str | None) -> None:
    """PostgreSQL gives every fact, count and row of the embedded warehouse, whatever zone instants are written in."""
    url = server.create(f"{name} {zone}".replace("/", " "), places[name].frames, zone)
    same_everywhere(places[name], places[name].at(url))


@pytest.mark.parametrize("name", COMPANIES)
def test_files_count_as_frames_do(places: dict[str, Place], name: str) -> None:
    """The same tables written as CSV, nothing but text, give every fact, count and row."""
    place = places[name]
    files = place.folder / "files"
    files.mkdir()
    for table, frame in place.frames.items():
        frame.to_csv(files / f"{table}.csv", index=False)
    target = place.folder / "files.duckdb"
    load_folder(files, target, OWN, place.today, {"employees"}, lambda said: None)
    same_everywhere(place, place.at(f"duckdb:///{target}"))
