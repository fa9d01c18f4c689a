"""One tally, asked for in three ways that must agree: the product's, SQL by hand, pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from pandas.testing import assert_frame_equal

from benchmarks import by_hand, by_hand_postgresql, by_pandas, company
from gtm_metrics.company import Company, read_company
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import Question
from gtm_metrics.tallies import metrics_of, tally, window
from gtm_metrics.tallies.tally import KEYS, fixed
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.warehouse.door import as_it_stands

WINDOWS: dict[str, int | None] = {"all history": None, "last 13 weeks": 13}


@dataclass(frozen=True)
class Place:
    """A folder with a company in it: files/, company.duckdb and gtm.toml."""

    folder: Path

    @property
    def files(self) -> Path:
        """The Parquet files that were loaded."""
        return self.folder / "files"

    @property
    def warehouse(self) -> Path:
        """The embedded warehouse (a link to its version)."""
        return self.folder / "company.duckdb"

    @property
    def toml(self) -> Path:
        """The company's gtm.toml."""
        return self.folder / "gtm.toml"


@dataclass(frozen=True)
class Asking:
    """One metric by industry over one window, against one warehouse."""

    company: Company
    warehouse: Warehouse
    metric: Metric
    question: Question

    @classmethod
    def of(cls, place: Place, metric: str, weeks: int | None) -> Asking:
        """Connects the company in a folder."""
        read = read_company(place.toml, {})
        question = Question(company.AS_OF, ("industry",), weeks=weeks)
        return cls(read, connect(read, company.AS_OF), metric_named(metric, metrics_of(read)), question)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the metric's estimate needs it to be grouped by."""
        return KEYS[self.metric.estimate]

    def ours(self) -> pd.DataFrame:
        """The product's tally."""
        return tally(self.warehouse, self.company, self.metric, self.question, self.keys).frame

    def hand(self) -> pd.DataFrame:
        """SQL by hand, on the same connection."""
        first, _ = window(self.metric, self.question)
        asked = (self.metric.name, company.AS_OF, first, company.FIRST_DAY, self.company.won_in_time_weeks)
        if self.warehouse.engine.dialect.name == "postgresql":
            with self.warehouse.engine.connect() as connection:
                result = connection.execute(as_it_stands(by_hand_postgresql.statement(*asked)))
                return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        text = by_hand.statement(*asked)
        with self._connection() as connection:
            return connection.execute(text).df()  # type: ignore[no-any-return]

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """DuckDB's own connection under the product's engine: a file takes no two ways of opening it."""
        with self.warehouse.engine.connect() as connection:
            yield connection.connection.driver_connection

    def read_sql(self) -> pd.DataFrame:
        """The tables read whole by pandas.read_sql, as pandas and Streamlit document it, and grouped in memory."""
        with self.warehouse.engine.connect() as connection:
            return self._by_pandas(lambda table: pd.read_sql(sa.text(f"select * from gtm.{table}"), connection))

    def duckdb_frames(self) -> pd.DataFrame:
        """The tables handed over whole by DuckDB's own df(), the quickest way into pandas, and grouped in memory."""
        with self._connection() as connection:
            return self._by_pandas(lambda table: connection.execute(f"select * from gtm.{table}").df())

    def _by_pandas(self, table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
        first, _ = window(self.metric, self.question)
        asked = by_pandas.Asked(table, company.AS_OF, first, self.company.won_in_time_weeks)
        return by_pandas.WAYS[self.metric.name](asked)

    def same(self, other: pd.DataFrame, ours: pd.DataFrame | None = None) -> None:
        """Raises AssertionError where a way's numbers are not the product's."""
        mine = self.ours() if ours is None else ours
        order = ["segment", *self.keys]
        columns = [*order, "trials", "successes"]
        frames = [fixed(f[columns]).sort_values(order).reset_index(drop=True) for f in (mine, other)]
        assert_frame_equal(*frames)
        if frames[0].empty:
            raise AssertionError(f"{self.metric.name} has no trial to compare")


def way_of(asking: Asking, name: str) -> Callable[[], pd.DataFrame]:
    """The way called ours, hand, read_sql or duckdb_frames."""
    return {"ours": asking.ours, "hand": asking.hand, "read_sql": asking.read_sql,
            "duckdb_frames": asking.duckdb_frames}[name]
