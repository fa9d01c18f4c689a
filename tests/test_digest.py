"""The Monday summary: what it says, that names are safe and can be hidden, and when the exit code is 3."""

from __future__ import annotations

import base64
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import apps
import decks
import pandas as pd
import pytest
from commands import run

from gtm_metrics import deck
from gtm_metrics.deck import extra
from gtm_metrics.deck.digest import COLUMNS, Digest, _moved, digest_of, html_of, markdown_of

pytestmark = pytest.mark.xdist_group("decks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def made(folder: Path, story: str, hide: bool = False) -> Digest:
    """The summary of a company."""
    company = decks.a_company(folder, story)
    found = digest_of(company.asked, company.doors, hide)
    assert isinstance(found, Digest)
    return found


def test_it_says_what_to_do_first_by_name_and_link(folder: Path) -> None:
    """Names with owner and CRM link, no kind of thing more than twice; what is done already is counted, not listed."""
    found = made(folder, "small")
    assert 0 < len(found.to_do) <= 8
    assert found.to_do["What"].value_counts().max() <= 2
    assert not set(found.to_do["What"]) & {"Won", "Lost", "No decision"}
    text = markdown_of(found)
    first = found.to_do.iloc[0]
    assert f"[{first['Account']}]({first['CRM']})" in text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        f"# {found.title}", "## What changed", "## What to do first", "## How it stands"
    ]
    hidden = made(folder, "small", hide=True)
    assert hidden.to_do["Account"].iloc[0] == "Account 1"
    assert not [name for name in found.to_do["Account"] if name in markdown_of(hidden) + html_of(hidden)]
    assert "crm.example.com" not in markdown_of(hidden)


def test_pictures_stand_inline_and_nothing_is_fetched(folder: Path) -> None:
    """In HTML each slide is its PNG as data, with words for who does not see it; no script, no address but links."""
    found = made(folder, "small")
    pictures = [deck.png_of(slide) for slide in found.slides]
    tags = Tags(html_of(found, pictures)).found
    images = [attributes for tag, attributes in tags if tag == "img"]
    assert len(images) == len(found.slides) == 2
    for image, picture, slide in zip(images, pictures, found.slides, strict=True):
        assert base64.b64decode(str(image["src"]).removeprefix("data:image/png;base64,")) == picture
        assert str(image["alt"]).startswith(slide.headline)
        assert slide.footnote in str(image["alt"])
    assert not {tag for tag, _ in tags} & {"script", "link", "iframe", "object"}
    assert "![" in markdown_of(found, ["a.png", "b.png"])


def test_a_name_never_becomes_markup() -> None:
    """A name with tags or Markdown reads as it is in both; an address that is none is no link."""
    spoiled = {"What": "Won <b>", "Account": "<script>x</script> [a](b) *c*", "CRM": "javascript:x"}
    to_do = pd.DataFrame([dict.fromkeys(COLUMNS, "") | spoiled])
    found = Digest("T <i>", "C", "P", (("<b>", "Loose → Watch", "within noise"),), "", True, "", to_do, (), ())
    assert {tag for tag, _ in Tags(html_of(found)).found} == {
        "html", "head", "meta", "title", "body", "h1", "h2", "p", "ul", "li", "b"
    }
    assert r"\<script\>x\</script\> \[a\](b) \*c\*" in markdown_of(found)


def test_it_leads_back_to_the_dashboard(folder: Path) -> None:
    """Where gtm.toml says at which address: a link to it, and one to each view with the digest's own filters."""
    company = decks.a_company(folder, "small")
    doors = replace(company.doors, company=replace(company.doors.company, dashboard_url="https://gtm.example.com/app/"))
    found = digest_of(company.asked, doors)
    assert isinstance(found, Digest)
    as_of = company.asked.as_of.isoformat()
    assert found.views == (
        f"https://gtm.example.com/app/tighten?as_of={as_of}&by=industry&window=13",
        f"https://gtm.example.com/app/?as_of={as_of}&by=industry&window=13",
    )
    text = markdown_of(found)
    assert "[Open the dashboard](https://gtm.example.com/app/)" in text
    assert all(f"]({view})**" in text for view in found.views)
    for pictures in ([], [b"one", b"two"]):
        links = [attributes["href"] for tag, attributes in Tags(html_of(found, pictures)).found if tag == "a"]
        assert [link for link in links if str(link).startswith("https://gtm.")] == [found.dashboard, *found.views]
    assert "gtm.example.com" not in markdown_of(made(folder, "small")) + html_of(made(folder, "small"))


def test_the_verdict_is_told_once(folder: Path) -> None:
    """In words alone, what opens the summary does not stand in it again; a segment that is not set says of what."""
    found = made(folder, "small")
    assert markdown_of(found).count(found.paragraph) == html_of(found).count(found.paragraph) == 1
    assert not [name for name in found.to_do["Segment"] if "(" in name]


def test_a_state_that_changed_is_noticed() -> None:
    """Only of segments that were watched the week before: a new one has nothing to have changed from."""
    def rows(**states: str) -> pd.DataFrame:
        return pd.DataFrame([("industry", name, state) for name, state in states.items()],
                            columns=["dimension", "segment", "state"])

    assert not _moved(rows(Banks="watch"), rows(Banks="watch", Retail="emerging"))
    assert _moved(rows(Banks="watch", Retail="stay loose"), rows(Banks="watch", Retail="watch"))
    assert not _moved(rows(), rows(Banks="watch"))


def test_before_the_first_week_there_is_none(folder: Path) -> None:
    """Accounts alone: why there is no summary."""
    company = decks.a_company(folder, "accounts only")
    assert digest_of(company.asked, company.doors) == (
        "no week has been judged yet: gtm-metrics refresh judges those that have settled"
    )


def test_the_command_writes_the_files(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """digest.md, digest.html and a picture a slide; 0 or 3 as states changed or not; without the extra words alone."""
    app = apps.with_journal(folder, "small", tmp_path / "own", ("industry",))
    monkeypatch.setenv("GTM_JOURNAL", app.journal)
    ran = run(app.url, "digest", "--out", tmp_path / "out", config=app.config)
    assert ran.code in (0, 3)
    names = sorted(each.name for each in (tmp_path / "out").iterdir())
    assert names == ["digest-health.png", "digest-verdict.png", "digest.html", "digest.md"]
    rows = run(app.url, "digest", "--format", "json", config=app.config)
    assert rows.code == ran.code
    assert all(set(row) == {"segment", "change", "mark"} for row in rows.rows)
    run(app.url, "digest", "--out", tmp_path / "one" / "monday.html", config=app.config)
    run(app.url, "digest", "--out", tmp_path / "other" / "monday.md", config=app.config)
    assert [each.name for each in (tmp_path / "one").iterdir()] == ["monday.html"]
    kept = sorted(each.name for each in (tmp_path / "other").iterdir())
    assert kept == ["monday-health.png", "monday-verdict.png", "monday.md"]
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    bare = run(app.url, "digest", "--out", tmp_path / "bare", config=app.config)
    assert "no pictures: vl-convert-python is not installed" in bare.err
    assert sorted(each.name for each in (tmp_path / "bare").iterdir()) == ["digest.html", "digest.md"]
    assert "img" not in {tag for tag, _ in Tags((tmp_path / "bare" / "digest.html").read_text(encoding="utf-8")).found}


def test_the_exit_code_is_3_when_a_state_changed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command ends with is what the summary says."""
    app = apps.with_journal(folder, "small", tmp_path / "own", ("industry",))
    monkeypatch.setenv("GTM_JOURNAL", app.journal)
    found = made(folder, "small")
    for moved, code in ((True, 3), (False, 0)):
        told = replace(found, moved=moved)
        monkeypatch.setattr("gtm_metrics.commands.digest.digest_of", lambda *_asked, told=told: told)
        assert run(app.url, "digest", config=app.config).code == code
