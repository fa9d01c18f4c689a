"""The demo company keeps to its TRUTH, plants what DIRTY says, and is the same every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gtm_metrics.demo import AS_OF, DIRTY, INDUSTRIES, STORIES, TRUTH, company
from gtm_metrics.sources import TABLES

DAY = pd.Timedelta(days=1)
END = pd.Timestamp(AS_OF) + DAY
LEADER = "DTC e-commerce"

# One worker makes each company once.
pytestmark = pytest.mark.xdist_group("demo")

Frames = dict[str, pd.DataFrame]


def digest(frames: Frames) -> str:
    """One hash over the CSV bytes of all tables."""
    text = "".join(name + frame.to_csv(index=False) for name, frame in frames.items())
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def raw(story: str) -> Frames:
    """The story's frames, made once."""
    return company(story)


@cache
def reasons(name: str, story: str) -> pd.DataFrame:
    """Which reasons to set a row aside each row of a table fits, a column a reason."""
    table, frame = TABLES[name], raw(story)[name]
    key = [k for k in table.key if table.column(k).required]
    null = frame[key].isna().any(axis=1)
    again = frame.duplicated(list(table.key)) & ~null
    same = frame.duplicated() & again
    fits = {
        "null key": null,
        "duplicate key, identical": same,
        "duplicate key, conflicting": again & ~same,
        "in the future of the load": frame[table.begins] >= END,
    }
    if table.accounts:
        known = set(clean("accounts", story)["account_id"])
        fits["account unknown"] = ~null & ~frame[list(table.accounts)].isin(known).all(axis=1)
    if table.ends:
        fits["ends before it starts"] = frame[table.ends].dt.normalize() < frame[table.begins].dt.normalize()
    if name == "opportunities":
        fits["outcome without closed_at"] = frame["outcome"].notna() & frame["closed_at"].isna()
    if name == "subscriptions":
        fits["free"] = frame["mrr"] == 0
    if name == "calls":
        loose = frame[frame["opportunity_id"].isna()]
        untold = loose.index.difference(told(loose, clean("opportunities", story)).index)
        fits["call without opportunity"] = frame.index.to_series().isin(untold)
    return pd.DataFrame(fits).fillna(False).astype(bool)


@cache
def clean(name: str, story: str) -> pd.DataFrame:
    """The rows of a table that a load uses."""
    return raw(story)[name][~reasons(name, story).any(axis=1)]


def told(loose: pd.DataFrame, deals: pd.DataFrame) -> pd.Series:
    """The opportunity of a call that names none, if it can be told: open that day, else created within 30 days."""
    pairs = loose.reset_index().merge(deals, on="account_id", suffixes=("", "_of_deal"))
    held, opened = pairs["held_at"].dt.normalize(), pairs["created_at"].dt.normalize()
    closed = pairs["closed_at"].where(pairs["outcome"].notna(), pd.Timestamp.max.floor("D"))
    current = (opened <= held) & (held <= closed)
    soon = (held < opened) & (opened <= held + 30 * DAY)
    pairs = pairs.assign(later=~current, opened=opened)[current | soon]
    return pairs.sort_values(["later", "opened"]).groupby("index")["opportunity_id_of_deal"].first()


@cache
def new_deals(story: str) -> pd.DataFrame:
    """Used opportunities of type new, with the industry and the day they began."""
    deals = clean("opportunities", story)
    deals = deals[deals["type"].fillna("new") == "new"]
    return labelled(deals, "created_at", story)


def labelled(frame: pd.DataFrame, when: str, story: str) -> pd.DataFrame:
    """The frame with its segment, and whether it falls into the weeks from which the lead was planted."""
    industry = clean("accounts", story).set_index("account_id")["industry"]
    planted = TRUTH["winner"].planted
    assert planted is not None
    late = frame[when] >= pd.Timestamp(planted.first_week(AS_OF))
    return frame.assign(segment=frame["account_id"].map(industry), late=late)


@cache
def prospects_calls(story: str) -> pd.DataFrame:
    """Noted calls with prospects who had not understood; `left` is missing where nothing came after yet."""
    deals = new_deals(story).set_index("opportunity_id")
    calls = clean("calls", story)
    loose = calls[calls["opportunity_id"].isna()]
    calls = calls.assign(opportunity_id=calls["opportunity_id"].fillna(told(loose, deals.reset_index())))
    calls = calls[calls["opportunity_id"].isin(deals.index)].sort_values(["held_at", "call_id"])
    calls = calls.join(deals[["segment", "late", "outcome"]], on="opportunity_id")
    by_deal = calls.groupby("opportunity_id")["understood"]
    did = calls["understood"].fillna(False).astype(bool)
    before = did.groupby(calls["opportunity_id"]).cumsum() - did
    last = calls.groupby("opportunity_id").cumcount(ascending=False) == 0
    left = last.where(~last | calls["outcome"].notna()).where(by_deal.transform("count") == by_deal.transform("size"))
    return calls.assign(did=did, left=left)[calls["understood"].notna() & (before == 0)]


@cache
def sequences(story: str) -> pd.DataFrame:
    """First outbound touches of a sequence of accounts that do not pay that day, and whether they were answered."""
    touches = clean("touches", story)
    ours = touches[touches["direction"].fillna("outbound") == "outbound"].sort_values("sent_at")
    day = ours["sent_at"].dt.normalize()
    first = ours[~((day - day.groupby(ours["account_id"]).shift()) <= 90 * DAY)]
    paid = first.merge(clean("subscriptions", story), on="account_id")
    paying = paid[(paid["started_on"] <= paid["sent_at"]) & ~(paid["ended_on"] <= paid["sent_at"])]
    first = first[~first["touch_id"].isin(paying["touch_id"])].drop(columns="replied_at")
    replies = first.merge(ours[["account_id", "replied_at"]].dropna(), on="account_id")
    waited = replies["replied_at"].dt.normalize() - replies["sent_at"].dt.normalize()
    intime = replies[(replies["replied_at"] > replies["sent_at"]) & (waited <= 21 * DAY)]
    first = first.assign(did=first["touch_id"].isin(intime["touch_id"]))
    return labelled(first[first["sent_at"] < END - 22 * DAY], "sent_at", story)


@cache
def customer_weeks(story: str) -> pd.DataFrame:
    """A row a customer and week after that of the start: whether they left, and whether it holds a renewal day."""
    rows_ = clean("subscriptions", story).sort_values(["account_id", "started_on"])
    gap = rows_["started_on"] - rows_.groupby("account_id")["ended_on"].shift()
    spell = (gap.isna() | (gap > 30 * DAY)).cumsum()
    spells = rows_.groupby(spell).agg(account_id=("account_id", "first"), start=("started_on", "first"),
                                      end=("ended_on", lambda ends: ends.iloc[-1]))
    ended = spells["end"].where(spells["end"] < END)
    first = spells["start"].dt.to_period("W-SUN").dt.start_time + 7 * DAY
    last = ended.fillna(END - DAY).dt.to_period("W-SUN").dt.start_time
    weeks = [pd.date_range(a, b, freq="7D") for a, b in zip(first, last, strict=True)]
    frame = spells.assign(ended=ended, week=weeks).explode("week").dropna(subset=["week"])
    frame["week"] = pd.to_datetime(frame["week"])
    frame["renewal"], frame["refused"] = False, False
    for year in (1, 2, 3):
        day = frame["start"] + pd.DateOffset(years=year)
        frame["renewal"] |= (frame["week"] <= day) & (day < frame["week"] + 7 * DAY) & ~(frame["ended"] < day)
        frame["refused"] |= (frame["week"] <= day) & (frame["ended"] == day)
    left = (frame["ended"] >= frame["week"]) & (frame["ended"] < frame["week"] + 7 * DAY)
    return labelled(frame.assign(did=left & ~frame["refused"]), "week", story)


def against_truth(story: str, trials: pd.DataFrame, column: str, rate: str, power: float = 1) -> dict[str, float]:
    """Standard errors between the share of `column` and TRUTH's rate, by segment and period; at least 30 trials each.

    power: exponent that turns the rate's complement, a month, into that of the trials, a week.
    """
    off = {}
    first = TRUTH[story].planted
    for (segment, late), group in trials.dropna(subset=[column, "segment"]).groupby(["segment", "late"]):
        week = first.first_week(AS_OF) if late and first else AS_OF - timedelta(days=7 * 156 - 1)
        truth = 1 - (1 - getattr(TRUTH[story].at(segment, week, AS_OF), rate)) ** power
        n = len(group)
        if n >= 30:
            off[f"{segment}, {'late' if late else 'early'}"] = float(
                (group[column].astype(float).mean() - truth) / np.sqrt(truth * (1 - truth) / n))
    return off


def assert_within(off: dict[str, float]) -> None:
    """No segment, nor all of them together, lies 4 standard errors or more from TRUTH."""
    assert max(map(abs, off.values())) < 4, off
    assert abs(sum(off.values())) / np.sqrt(len(off)) < 4, off


@pytest.mark.parametrize("story", STORIES)
def test_the_same_arguments_give_the_same_bytes(story: str) -> None:
    """Two calls with the same story, seed and day give identical CSV bytes; another seed gives others."""
    assert digest(company(story)) == digest(raw(story))
    assert digest(company(story, seed=8)) != digest(raw(story))


def test_the_order_of_hashes_changes_nothing() -> None:
    """Two processes with different hash seeds give identical CSV bytes."""
    here = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {here!r}); import test_demo as t; print(t.digest(t.company('young')))"
    outputs = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
                       capture_output=True, text=True).stdout
        for seed in ("1", "2")
    }
    assert outputs == {digest(raw("young")) + "\n"}


@pytest.mark.parametrize("day", [date(2026, 11, 14), date(2026, 11, 16), datetime(2026, 11, 20, 12)])
def test_a_day_that_ends_no_week_is_refused(day: date) -> None:
    """as_of must be a Sunday; anything else is refused with the day it is."""
    with pytest.raises(ValueError, match="must be a Sunday"):
        company("small", as_of=day)


def test_an_unknown_story_is_refused() -> None:
    """A story that is not there is refused with the names of those that are."""
    with pytest.raises(ValueError, match="winner, no-winner, young, small"):
        company("loser")


@pytest.mark.parametrize("story", STORIES)
def test_tables_have_our_columns_in_our_types(story: str) -> None:
    """Each table has exactly our columns (accounts also attributes), each of its declared type."""
    dtypes = {"text": "str", "date": "datetime64[us]", "instant": "datetime64[us]", "boolean": "boolean",
              "integer": "Int64", "number": "float64"}
    for name, frame in raw(story).items():
        ours = TABLES[name].names
        assert set(ours) <= set(frame) if TABLES[name].attributes else list(ours) == list(frame)
        for column in TABLES[name].columns:
            allowed = {dtypes[column.kind]} | ({"Int64"} if column.kind == "number" else set())
            assert str(frame[column.name].dtype) in allowed, (name, column.name)


@pytest.mark.parametrize("story", STORIES)
def test_dirty_rows_are_planted_at_their_counts(story: str) -> None:
    """Every table holds each kind of row to set aside exactly as often as DIRTY says, and no row fits two reasons."""
    for name in raw(story):
        fits = reasons(name, story)
        found = fits.sum()
        assert found[found > 0].to_dict() == DIRTY[name], name
        assert fits.sum(axis=1).max() == 1, name


@pytest.mark.parametrize("story", ["winner", "no-winner"])
def test_response_is_recovered(story: str) -> None:
    """First touches are answered within 21 days as often as TRUTH says, before and after the planted week."""
    off = against_truth(story, sequences(story), "did", "response")
    assert len(off) == 16
    assert_within(off)


@pytest.mark.parametrize("story", ["winner", "no-winner"])
@pytest.mark.parametrize(("column", "rate"), [("did", "understanding"), ("left", "leaving")])
def test_calls_are_recovered(story: str, column: str, rate: str) -> None:
    """A call with a prospect who had not understood brings understanding, or else leaving, as often as TRUTH says."""
    calls = prospects_calls(story)
    off = against_truth(story, calls if column == "did" else calls[~calls["did"]], column, rate)
    assert len(off) >= 14
    assert_within(off)


@pytest.mark.parametrize("story", ["winner", "no-winner"])
def test_close_rate_is_recovered(story: str) -> None:
    """Of the deals decided, no decision included, as many are won as TRUTH says for the week of creation."""
    deals = new_deals(story)
    decided = deals[deals["outcome"].notna()]
    off = against_truth(story, decided.assign(won=decided["outcome"] == "won"), "won", "close")
    assert len(off) >= 14
    assert_within(off)


@pytest.mark.parametrize("story", ["winner", "no-winner"])
def test_churn_is_recovered(story: str) -> None:
    """Customers leave in ordinary weeks and on renewal days as often as TRUTH says."""
    weeks = customer_weeks(story)
    off = against_truth(story, weeks, "did", "churn", power=12 / 52)
    assert len(off) >= 14
    assert_within(off)
    truth = TRUTH[story]
    renewals = weeks[weeks["renewal"] & weeks["segment"].notna()]
    chance = np.array([truth.at(r.segment, r.week.date(), AS_OF).churn_at_renewal for r in renewals.itertuples()])
    assert len(renewals) > 100
    assert abs(renewals["refused"].sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_the_lead_begins_in_the_planted_week() -> None:
    """The planted segment keeps its own rates up to the planted week, the leader's after; no other ever changes."""
    truth = TRUTH["winner"]
    assert truth.planted is not None
    first = truth.planted.first_week(AS_OF)
    assert (first.weekday(), AS_OF - first) == (0, timedelta(days=64 * 7 - 1))
    for segment in INDUSTRIES:
        before, after = (truth.at(segment, week, AS_OF) for week in (first - timedelta(days=7), first))
        assert before == truth.rates[segment]
        assert after == (truth.planted.rates if segment == truth.planted.segment else before)


def test_the_lead_shows_only_from_the_planted_week() -> None:
    """In the rows the leader's response, calls and close rate beat the rest's by 3 standard errors, but only then."""
    story = "winner"
    deals = new_deals(story)
    decided = deals[deals["outcome"].notna()]
    for trials in (sequences(story), prospects_calls(story), decided.assign(did=decided["outcome"] == "won")):
        for late in (False, True):
            mine, rest = (trials[(trials["late"] == late) & ((trials["segment"] == LEADER) == own)]["did"]
                          for own in (True, False))
            pooled = (mine.sum() + rest.sum()) / (len(mine) + len(rest))
            z = (mine.mean() - rest.mean()) / np.sqrt(pooled * (1 - pooled) * (1 / len(mine) + 1 / len(rest)))
            assert (z > 3) == late


def test_without_a_winner_all_segments_are_the_same() -> None:
    """The no-winner story is the same company with one and the same truth for every segment in every week."""
    truth = TRUTH["no-winner"]
    assert truth.planted is None
    assert len(set(truth.rates.values())) == 1
    assert set(truth.rates) == set(INDUSTRIES)
    assert clean("accounts", "no-winner")["name"].equals(clean("accounts", "winner")["name"])


def test_the_winner_has_the_volumes_of_a_growing_company() -> None:
    """The winner story is large enough to read: its volumes lie in the ranges the pages were designed for."""
    story, frames = "winner", raw("winner")
    deals = new_deals(story)
    assert len(clean("accounts", story)) == 3700
    assert 35_000 <= len(frames["touches"]) <= 55_000
    assert 5_000 <= len(frames["calls"]) <= 8_000
    assert 2_000 <= len(deals) <= 3_200
    recent = deals[deals["outcome"].notna() & (deals["closed_at"] >= END - 91 * DAY)]
    assert (recent["segment"].value_counts().head(3) >= 20).all()


def test_the_young_company_is_twelve_weeks_old() -> None:
    """Nothing in the young story is older than the Monday 12 weeks before the end; its first week has rows."""
    start = END - 84 * DAY
    for name in raw("young"):
        begins = clean(name, "young")[TABLES[name].begins]
        assert begins.min() >= start, name
    assert clean("touches", "young")["sent_at"].min() < start + 7 * DAY


def test_the_small_company_has_little_and_its_leader_wins_twice_as_often() -> None:
    """The small story has three tables, 300 accounts, about 40 decided deals a quarter, and wins at TRUTH's rates."""
    story = "small"
    deals = new_deals(story)
    decided = deals[deals["outcome"].notna()]
    assert list(raw(story)) == ["accounts", "opportunities", "subscriptions"]
    assert len(clean("accounts", story)) == 300
    assert decided["segment"].nunique() == 8
    quarters = decided.groupby((END - DAY - decided["closed_at"]) // (91 * DAY)).size().head(11)
    assert 34 <= quarters.mean() <= 46
    assert quarters.between(22, 60).all()
    truth = TRUTH["small"]
    assert truth.planted is not None
    assert truth.planted.rates.close == 2 * truth.rates[LEADER].close
    off = against_truth("small", decided.assign(late=True, won=decided["outcome"] == "won"), "won", "close")
    assert_within(off)


@pytest.mark.parametrize("story", STORIES)
def test_nothing_lies_after_the_last_day_but_what_was_planted(story: str) -> None:
    """No used row has a date after as_of, save forecast closes of open deals and ends that notice was given of."""
    for name in raw(story):
        used = clean(name, story)
        for column in used.select_dtypes("datetime"):
            after = used[used[column] >= END]
            if (name, column) == ("opportunities", "closed_at"):
                assert after["outcome"].isna().all()
            elif (name, column) == ("subscriptions", "ended_on"):
                assert after["end_reason"].isna().all()
            else:
                assert after.empty, (name, column)


def test_the_awkward_rows_of_a_real_crm_are_there() -> None:
    """Forecasts, same-day closes, wins logged late, nulls, lapses and returns occur, and 40 % end in no decision."""
    story = "winner"
    deals, subscriptions = clean("opportunities", story), clean("subscriptions", story)
    decided = deals[deals["outcome"].notna()]
    created, closed = decided["created_at"].dt.normalize(), decided["closed_at"].dt.normalize()
    is_open = deals[deals["outcome"].isna()]
    ends = subscriptions.sort_values("started_on").groupby("account_id")["ended_on"]
    gap = subscriptions["started_on"] - ends.shift()
    awkward = {
        "midnight closes": (decided["closed_at"] == closed).all(),
        "same day": (created == closed).any(),
        "logged late": (decided[closed < created]["outcome"] == "won").all() and (closed < created).any(),
        "forecast": (is_open["closed_at"] >= END).any(),
        "stale forecast": (is_open["closed_at"] < END).any(),
        "named after the decision": (decided["champion_named_at"] > decided["closed_at"] + DAY).any(),
        "null type": deals["type"].isna().any(),
        "null direction": clean("touches", story)["direction"].isna().any(),
        "adjacent": (gap == 0 * DAY).any(),
        "lapsed": ((gap > 0 * DAY) & (gap < 30 * DAY)).any(),
        "returned": (gap > 90 * DAY).any(),
        "notice given": (subscriptions["ended_on"] >= END).any(),
        "price unknown": subscriptions["mrr"].isna().any(),
    }
    assert [what for what, there in awkward.items() if not there] == []
    new = decided[decided["type"].fillna("new") == "new"]
    # Dunford; Dixon and McKenna, The JOLT Effect, 2022: 40 to 60 % of decided B2B deals end in no decision.
    assert (new["outcome"] == "no_decision").mean() == pytest.approx(0.40, abs=0.05)
