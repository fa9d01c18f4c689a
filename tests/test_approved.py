"""Every number of the pages on the demo companies is the one that was approved: a change that moves one is a diff.

With GTM_APPROVE=1 in the environment the files are written anew; the diff is then read, and told in CHANGELOG.md.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import apps
import pandas as pd
import pytest
from approved_text import Page

from gtm_metrics import demo, journal
from gtm_metrics.commands.signal import verdict_json, weekly
from gtm_metrics.company import Company, read_company
from gtm_metrics.question import Question
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import Warehouse, connect

APPROVED = Path(__file__).parent / "approved"
LONGEST = 520
"""Lines beyond which nobody reads a file's diff."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo companies' warehouses lie, one for all workers of the session."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "apps"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.mark.parametrize("story", [
    pytest.param(story, marks=pytest.mark.xdist_group(f"pages {story}")) for story in demo.STORIES])
def test_the_numbers_are_the_approved_ones(folder: Path, story: str) -> None:
    """A story's numbers at seed 7 through 2026-11-15, by industry, are those of its file in tests/approved/."""
    app = apps.an_app(folder, story)
    company = read_company(app.config, {"GTM_WAREHOUSE": app.url})
    warehouse = connect(company, apps.AS_OF)
    page = Page(warehouse, company, Question(apps.AS_OF, ("industry",)))
    text, file = f"{page.text()}\n{signal_text(warehouse, company)}", APPROVED / f"{story}.txt"
    if os.environ.get("GTM_APPROVE") == "1":
        file.write_text(text, encoding="utf-8")
    approved = file.read_text(encoding="utf-8")
    assert len(approved.splitlines()) < LONGEST
    moved = list(difflib.unified_diff(approved.splitlines(), text.splitlines(), "approved", "now", n=0, lineterm=""))
    assert moved == [], "\n".join(moved[:60])


def signal_text(warehouse: Warehouse, company: Company) -> str:
    """The verdict of every week, and each watched segment's state, evidence, gates and measures in the last."""
    engine = journal.open_journal(journal.journal_url(company))
    refresh(warehouse, company, engine, apps.AS_OF, "test")
    with journal.reading(engine) as seen:
        said, weeks = verdict_json(seen), weekly(seen)
    lines = [f"Signal: k {said['k']}, alpha {said['alpha']}, luck {said['luck']}"]
    for (kind, segment, since), run in weeks.groupby(["verdict", "segment", "since"], dropna=False, sort=False):
        about = "" if pd.isna(segment) else f" {segment} since {since}"
        lines.append(f"  {pd.Timestamp(run['week'].min()).date()} {len(run)} weeks: {kind}{about}")
    for one in said["segments"]:
        gates = "".join("y" if gate["passed"] else "n" for gate in (one["gates"] or {}).values())
        lines.append(f"  {one['dimension']} {one['segment']}: {one['state']} since {one['since']}, any "
                     f"{one['log_e_any']:.3f}, two {one['log_e_two']:.3f} of {one['threshold']:g}, gates {gates}")
        for name, metric in (one["metrics"] or {}).items():
            ratio = metric["odds_ratio"]
            ends = [ratio[end] for end in ("estimate", "low", "high")]
            written = " ".join("-" if end is None else f"{end:.3f}" for end in ends)
            lines.append(f"    {name} {metric['successes']}/{metric['trials']} better {metric['log_e_better']:.3f} "
                         f"worse {metric['log_e_worse']:.3f} odds ratio {written}")
    return "\n".join(lines) + "\n"


def test_every_story_has_a_file_and_no_file_is_left_over() -> None:
    """tests/approved/ holds one file a story, and a folder each of pictures and of slides; nothing else."""
    stories = {f"{story}.txt" for story in demo.STORIES}
    assert {path.name for path in APPROVED.iterdir()} == {*stories, "pictures", "slides"}
