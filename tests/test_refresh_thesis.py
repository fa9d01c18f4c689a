"""The thesis: who stands when segments are registered has half of alpha, for good; who is named later has none."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from refreshes import EARLIER, LAST, SETTINGS, USUAL, changed, company, read, refreshed

from gtm_metrics import journal
from gtm_metrics.company import Company
from gtm_metrics.refresh.plan import theses_named
from gtm_metrics.weeks import WEEK, sunday

SCHOOLS, BANKS = ("industry", "Schools"), ("industry", "Banks")
K, ALPHA = 6, 0.10

pytestmark = pytest.mark.xdist_group("refreshes")


def believing(small: Small, thesis: tuple[str, str] | None) -> Company:
    """The company with this thesis in gtm.toml."""
    return replace(small.company, thesis=thesis)


def thresholds(kept: sa.Engine) -> dict[tuple[str, str], float]:
    """What each segment must reach, in the newest refresh."""
    rows = read(kept, journal.verdicts)
    return dict(zip(zip(rows["dimension"], rows["segment"], strict=True), rows["threshold"].astype(float), strict=True))


def test_the_thesis_of_gtm_toml_has_half_of_alpha_and_stands_in_the_journal(usual: Small, kept: sa.Engine) -> None:
    """Named when the warehouse is first connected it needs 2 / alpha, the others 2 K / alpha; who and when are kept."""
    refreshed(usual, kept, EARLIER, believing(usual, SCHOOLS))
    found = thresholds(kept)
    assert found.pop(SCHOOLS) == pytest.approx(2 / ALPHA)
    assert list(found.values()) == pytest.approx([2 * K / ALPHA] * (K - 1))
    rows = read(kept, journal.registry)
    assert list(rows[rows["thesis"]]["segment"]) == ["Schools"]
    (written,) = read(kept, journal.decisions).to_dict("records")
    assert (written["kind"], written["who"], written["dimension"], written["segment"]) == (
        "thesis", "gtm.toml", *SCHOOLS)
    assert written["week"] == pd.Timestamp(EARLIER)
    refreshed(usual, kept, EARLIER + WEEK, believing(usual, SCHOOLS))
    assert len(read(kept, theses_named)) == 1


def test_theses_named_one_after_another_buy_alpha_once(usual: Small, kept: sa.Engine) -> None:
    """Changed, removed, named by people, taken back: every row is kept, and no threshold ever moves again."""
    refreshed(usual, kept, EARLIER, believing(usual, SCHOOLS))
    first, registered = thresholds(kept), read(kept, journal.registry)
    spent = sum(1 / value for value in first.values())
    assert spent <= ALPHA
    refreshed(usual, kept, EARLIER + WEEK, believing(usual, BANKS))
    assert thresholds(kept) == first
    told = read(kept, theses_named)
    assert list(told["segment"]) == ["Schools", "Banks"]
    assert told["replaces"].tolist() == [None, 1]
    assert read(kept, lambda seen: journal.standing_thesis(journal.decisions(seen))) == BANKS
    journal.decide(kept, "thesis", "industry", "Clinics", "we know them", "Ada", sunday(EARLIER + WEEK), replaces=2)
    refreshed(usual, kept, EARLIER + 2 * WEEK, believing(usual, None))
    assert thresholds(kept) == first
    refreshed(usual, kept, LAST, believing(usual, ("size", "small")))
    assert thresholds(kept) == first
    told = read(kept, theses_named)
    assert list(told["segment"]) == ["Schools", "Banks", "Clinics", "", "small"]
    pd.testing.assert_frame_equal(read(kept, journal.registry), registered)


def test_a_thesis_that_is_no_longer_watched_gives_nothing_back(usual: Small, kept: sa.Engine) -> None:
    """Taking its dimension off the list does not hand its half of alpha to the others, who were looked at already."""
    refreshed(usual, kept, EARLIER, believing(usual, SCHOOLS))
    only_size = replace(usual.company, dimensions=usual.company.dimensions[1:])
    refreshed(usual, kept, EARLIER + WEEK, only_size)
    assert list(thresholds(kept).values()) == pytest.approx([2 * K / ALPHA] * 2)


def test_a_thesis_named_after_registration_needs_the_same_proof(usual: Small, kept: sa.Engine) -> None:
    """Named in gtm.toml or by people once segments are registered, it changes no threshold and is still told."""
    refreshed(usual, kept, EARLIER)
    journal.decide(kept, "thesis", "industry", "Schools", "we know them", "Ada", sunday(EARLIER))
    refreshed(usual, kept, EARLIER + WEEK, believing(usual, BANKS))
    assert list(thresholds(kept).values()) == pytest.approx([K / ALPHA] * K)
    assert not read(kept, journal.registry)["thesis"].any()
    assert read(kept, lambda seen: journal.standing_thesis(journal.decisions(seen))) == BANKS


def test_a_thesis_named_by_people_before_the_first_refresh_counts(usual: Small, kept: sa.Engine) -> None:
    """A decision in an empty journal is in advance, whatever the day; the last one that was not taken back stands."""
    first = journal.decide(kept, "thesis", *BANKS, "we sell to them", "Ada", LAST + 50 * WEEK)
    journal.decide(kept, "thesis", *SCHOOLS, "no, to these", "Ada", LAST + 50 * WEEK, replaces=first)
    refreshed(usual, kept, EARLIER)
    rows = read(kept, journal.registry)
    assert list(rows[rows["thesis"]]["segment"]) == ["Schools"]


def test_the_thesis_of_a_later_batch_shares_that_batchs_alpha(
    usual: Small, kept: sa.Engine, warehouse_of: WarehouseOf
) -> None:
    """A segment that was named before it first appeared needs 2 / alpha twice over, its batch's price; the first
    batch's thresholds stay, and both theses together spend no more than both batches have."""
    refreshed(usual, kept, EARLIER, believing(usual, SCHOOLS))
    before = thresholds(kept)
    frames = company(USUAL)
    fresh = frames["accounts"].copy()
    begin = pd.Timestamp(EARLIER - 2 * WEEK)
    fresh.loc[(fresh["industry"] == "Banks") & (fresh["created_on"] >= begin), "industry"] = "Farms"
    later = warehouse_of(changed(frames, "accounts", fresh), **SETTINGS)
    refreshed(later, kept, EARLIER + WEEK, believing(later, ("industry", "Farms")))
    after = thresholds(kept)
    assert after.pop(("industry", "Farms")) == pytest.approx(2 * 2 / ALPHA)
    assert after == before


def test_a_thesis_nobody_sees_is_told(usual: Small, kept: sa.Engine) -> None:
    """A name that no segment has is said with those there are; it takes nothing from anybody."""
    done = refreshed(usual, kept, EARLIER, believing(usual, ("industry", "Shcools")))
    assert done.left_out == (
        "the thesis 'Shcools' has no trial in a settled week of industry; it has Banks, Clinics, Retail, Schools",)
    assert list(thresholds(kept).values()) == pytest.approx([K / ALPHA] * K)


def test_a_thesis_named_while_a_refresh_runs_is_seen_by_it(
    usual: Small, kept: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody names one between reading and writing: the refresh begins again, so who stood then is who counts."""
    from gtm_metrics.refresh import act

    plain, seen = act.judged, []

    def meanwhile(*given: object) -> object:
        if not seen:
            journal.decide(kept, "thesis", *SCHOOLS, "now", "Ada", LAST)
        seen.append(1)
        return plain(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(act, "judged", meanwhile)
    refreshed(usual, kept, EARLIER)
    assert len(seen) >= 2
    assert thresholds(kept)[SCHOOLS] == pytest.approx(2 / ALPHA)
