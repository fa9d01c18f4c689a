"""The examples against the real files: their companies, what their READMEs say, and what of it is connected.

The files are not part of the project. They are looked for in the folder that GTM_SHARED_DATA names, else in
../shared/data beside the project; where they are not, the tests that need them are skipped and say so.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from conftest import Small

from gtm_metrics.company import read_company
from gtm_metrics.sources import layout_folder
from gtm_metrics.tallies import metrics_of, offered
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_folder

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 1, 31)


def example(name: str, source: Path, folder: Path) -> Small:
    """An example's own gtm.toml and layout over a folder of files, loaded into `folder`."""
    settings = ROOT / "examples" / name / "gtm.toml"
    target = folder / f"{name}.duckdb"
    company = read_company(settings, {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    layout = layout_folder(company.layout, company.folder)
    assert layout is not None
    load_folder(source, target, layout, TODAY, {edge for edge, _ in company.edges}, lambda _line: None)
    return Small(connect(company, TODAY), company)


def readme(name: str, width: int) -> list[list[str]]:
    """The rows of the tables of an example's README that have `width` columns, as their cells, heads aside."""
    lines = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8").splitlines()
    body = [line for line, under in zip(lines, [*lines[1:], ""], strict=True)
            if line.startswith("| ") and not line.startswith("| ---") and not under.startswith("| ---")]
    rows = [[cell.strip(" `*") for cell in line.strip("|").split("|")] for line in body]
    return [row for row in rows if len(row) == width]


def count(text: str) -> int:
    """A number as a README writes it."""
    return int(re.sub(r"\D.*", "", text.replace(",", "")))


def by_segment(small: Small, metric: str, dimension: str, as_of: date) -> dict[str, tuple[int, int]]:
    """{segment: (successes, trials)} over all closed weeks."""
    told = small.tally(metric, as_of, by=(dimension,))
    assert told.status == "ok", told.why
    sums = told.closed.groupby("segment")[["successes", "trials"]].sum()
    return {str(segment): (int(row["successes"]), int(row["trials"])) for segment, row in sums.iterrows()}


def shown_tables(small: Small) -> dict[str, tuple[int, int, dict[str, int]]]:
    """{table: (read, used, {reason: rows})} of what is connected."""
    return {r.table.name: (r.rows_read, r.rows_used, dict(r.reasons)) for r in small.warehouse.relations.values()
            if r.status == "ok"}


def aside(cell: str) -> dict[str, int]:
    """A README's "13,196 use before sign-up, 2 no use" as {reason: rows}."""
    found = re.findall(r"([\d,]+) ([a-z][a-z -]*)", cell)
    return {reason.strip(): count(rows) for rows, reason in found}


def connected(small: Small) -> set[str]:
    """The metrics that can be counted. Every other must have its reason, and no stand-in takes its place."""
    through = small.warehouse.data_through
    assert through is not None
    metrics = metrics_of(small.company)
    told = {m.name: small.tally(m.name, through) for m in metrics}
    assert all(tally.why for tally in told.values() if tally.status != "ok")
    assert all(m.stand_in_for is None for m in offered(small.warehouse, metrics))
    return {metric for metric, tally in told.items() if tally.status == "ok"}
