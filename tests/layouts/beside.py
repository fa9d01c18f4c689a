"""Warehouses of our own tables with a layout beside them: files in a folder each, or schemas of a PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from conftest import Small
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from gtm_metrics.company import Company, read_company
from gtm_metrics.sources import naming_of
from gtm_metrics.tallies import prepared
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_folder

Frames = Mapping[str, pd.DataFrame]
Words = Mapping[str, list[str]]


def company_of(folder: Path, url: str, layout: str, words: Words, schema: str = "") -> Company:
    """A company of our own tables and a layout's, with its words."""
    lines = ["[warehouse]", f'layouts = ["own", "{layout}"]', "[warehouse.words]"]
    lines += [f"{name} = {json.dumps(list(values))}" for name, values in words.items()]
    lines += ["[warehouse.schemas]", f'{layout} = "{schema}"'] if schema else []
    (folder / "gtm.toml").write_text("\n".join(lines), encoding="utf-8")
    return replace(read_company(folder / "gtm.toml", {}), url=url, timeout_seconds=60)


def loaded(folder: Path, own: Frames, layout: str, frames: Frames, today: date, words: Words | None = None) -> Small:
    """Our tables and a layout's, each in a folder of its own, in an embedded warehouse."""
    for name, frame in own.items():
        frame.to_parquet(folder / f"{name}.parquet")
    (folder / layout).mkdir()
    for name, frame in frames.items():
        frame.to_parquet(folder / layout / f"{name}.parquet")
    target = folder / "warehouse" / "small.duckdb"
    company = company_of(folder, f"duckdb:///{target}", layout, words or {})
    load_folder(folder, target, naming_of(company), today, set(), lambda _line: None, prepared)
    return Small(connect(company, today), company)


def in_postgresql(folder: Path, url: str, own: Frames, layout: str, frames: Frames, today: date,
                  words: Words | None = None, view: str = "") -> Small:
    """Our tables and a layout's, in a schema named by hand: instants with a zone, objects as jsonb.

    `view` is made in that schema besides, which it calls stripe.
    """
    engine = sa.create_engine(url)
    schema = f"Raw {folder.name}"
    with engine.begin() as connection:
        connection.execute(sa.text(f'create schema "{schema}"'))
    for name, frame in own.items():
        if not sa.inspect(engine).has_table(name):
            frame.to_sql(name, engine, index=False)
    for name, frame in frames.items():
        columns = {column: _as_it_lies(frame[column]) for column in frame}
        types: Any = {column: kind for column, (_, kind) in columns.items() if kind is not None}
        written = pd.DataFrame({column: values for column, (values, _) in columns.items()})
        written.to_sql(name, engine, schema=schema, index=False, dtype=types)
    if view:
        with engine.begin() as connection:
            connection.execute(sa.text(view.replace("stripe.", f'"{schema}".')))
    engine.dispose()
    company = company_of(folder, url, layout, words or {}, schema)
    return Small(connect(company, today), company)


def _as_it_lies(values: pd.Series[Any]) -> tuple[pd.Series[Any], Any]:
    """A column and its type as a connector writes it to PostgreSQL."""
    if pd.api.types.is_datetime64_dtype(values):
        return values.dt.tz_localize("UTC"), TIMESTAMP(timezone=True)
    texts = values.dropna().astype("str")
    if len(texts) and texts.str.match(r"[\[{]").all():
        return values.map(lambda held: json.loads(held) if isinstance(held, str) else None), JSONB
    return values, sa.Text() if not len(texts) else None
