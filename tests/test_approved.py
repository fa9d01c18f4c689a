"""Every number of the pages on the demo companies is the one that was approved: a change that moves one is a diff.

With GTM_APPROVE=1 in the environment the files are written anew; the diff is then read, and told in CHANGELOG.md.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import apps
import pytest
from approved_text import Page

from gtm_metrics import demo
from gtm_metrics.company import read_company
from gtm_metrics.question import Question
from gtm_metrics.warehouse import connect

APPROVED = Path(__file__).parent / "approved"
LONGEST = 400
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
    page = Page(connect(company, apps.AS_OF), company, Question(apps.AS_OF, ("industry",)))
    text, file = page.text(), APPROVED / f"{story}.txt"
    if os.environ.get("GTM_APPROVE") == "1":
        file.write_text(text, encoding="utf-8")
    approved = file.read_text(encoding="utf-8")
    assert len(approved.splitlines()) < LONGEST
    moved = list(difflib.unified_diff(approved.splitlines(), text.splitlines(), "approved", "now", n=0, lineterm=""))
    assert moved == [], "\n".join(moved[:60])


def test_every_story_has_a_file_and_no_file_is_left_over() -> None:
    """tests/approved/ holds one file a story and nothing else."""
    assert {path.name for path in APPROVED.iterdir()} == {f"{story}.txt" for story in demo.STORIES}
