"""A part of the demo company that is small enough for every layout, and what its own tables say of it."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa
from conftest import Small

from gtm_metrics import demo
from gtm_metrics.sources import TABLES

Frames = dict[str, pd.DataFrame]

EVERY = 6
"""Of so many accounts one is taken, with all that belongs to it."""


def part(every: int = EVERY, story: str = "winner") -> Frames:
    """One in `every` of the demo's accounts with their rows, dirty ones among them."""
    company = demo.company(story)
    kept = set(company["accounts"]["account_id"].dropna().unique()[::every])
    return {name: _of(frame, kept) for name, frame in company.items()}


def _of(frame: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    for column in {"account_id", "referrer_account_id", "referred_account_id"} & {*frame}:
        frame = frame[frame[column].isin(kept)]
    return frame.reset_index(drop=True)


def used(small: Small) -> Frames:
    """The rows of each connected table that count."""
    there = [name for name in TABLES if small.warehouse.connected(name)]
    return {name: small.warehouse.read(sa.select(small.warehouse.source(name))) for name in there}
