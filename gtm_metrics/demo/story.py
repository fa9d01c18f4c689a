"""One call makes the whole company: accounts, then what happens to them, then how it was recorded."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd

from gtm_metrics.demo import aftercare, sales, words
from gtm_metrics.demo.accounts import VOLUMES, Accounts, accounts, pick, with_gaps
from gtm_metrics.demo.clock import Bools, Clock, Floats, Ints, weekly_rates
from gtm_metrics.demo.customers import prices, subscriptions
from gtm_metrics.demo.dirty import planted
from gtm_metrics.demo.frames import typed
from gtm_metrics.demo.history import History, Spells, history
from gtm_metrics.demo.truth import INDUSTRIES, STORIES, TRUTH, Truth

AS_OF = date(2026, 11, 15)
"""The demo's last day where none is named: a Sunday."""


def company(story: str = "winner", seed: int = 7, as_of: date = AS_OF) -> dict[str, pd.DataFrame]:
    """The demo company of `story` as its warehouse stands on the evening of `as_of`, a Sunday.

    Returns our tables by name (the small story has three of nine) with our columns and grain: text `str`, dates and
    instants datetime64[us] (UTC, naive), integers Int64, booleans `boolean`, missing where unknown. The rows are raw:
    DIRTY counts those that a load must set aside. Facts after as_of are absent, save forecast closes of open deals,
    ends that notice was given of, and DIRTY's future rows. Same arguments, same frames, to the byte.
    Raises ValueError for an unknown story, an as_of that is no Sunday, and a seed whose company is too small for DIRTY.
    """
    if story not in STORIES:
        raise ValueError(f"story is {story!r}; it must be one of {', '.join(STORIES)}")
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    if day.weekday() != 6:
        raise ValueError(f"as_of is {day}, a {day:%A}; it must be a Sunday, the last day of a complete week")
    truth, volume = TRUTH[story], VOLUMES[story]
    clock = Clock(day, volume.weeks)
    # A stream for each part: a change in one leaves the others as they were, and stories share their accounts.
    streams = iter(np.random.default_rng(seed).spawn(12))
    people = accounts(volume, clock, next(streams))
    past = history(people, volume, weekly_rates(truth, clock, next(streams)), clock, next(streams))
    frames = _recorded(truth, people, past, clock, streams_of=list(streams))
    clean = {name: typed(name, frames[name]) for name in volume.tables}
    raw = planted(clean, clock, np.random.default_rng([seed, 1]))
    return {name: typed(name, frame) for name, frame in raw.items()}


def _recorded(
    truth: Truth, people: Accounts, past: History, clock: Clock, streams_of: list[np.random.Generator]
) -> dict[str, pd.DataFrame]:
    """Every table, clean, as people and systems wrote it down."""
    chance = iter(streams_of)
    account_id = people.frame["account_id"].to_numpy()
    leads = _leads(truth, people.segment[past.deal_account], past.deals.created, clock)
    spells = past.spells
    # The leader's customers are happier and buy more all along; only the four metrics have a planted week.
    leader = _leads(truth, people.segment[spells.account], np.full(len(spells.account), clock.end - 1), clock)
    loved = people.segment[spells.account] == list(INDUSTRIES).index(truth.loved) if truth.loved else leader & False
    keen = loved | _fond(truth, people, spells)
    price = prices(people.employees[past.deal_account], next(chance))
    rows, sold = subscriptions(spells, price.mrr[spells.deal], leader, clock, next(chance))
    first, source, bringing = _sources(past, people, spells, leader | keen, next(chance))
    referrer, referred, brought = bringing
    visible = brought < clock.end
    deals = sales.opportunities(past, people, price, sold, first, leads, clock, next(chance))
    rng = next(chance)
    return {
        "accounts": with_gaps(people.frame.assign(lead_source=source), rng),
        "touches": sales.touches(past, people, clock, rng),
        "calls": sales.calls(past, deals, clock, rng),
        "opportunities": deals,
        "subscriptions": _billed(rows, account_id, clock, rng),
        "nps_responses": aftercare.nps_responses(spells, people, leader, keen, clock, rng),
        "usage_weeks": aftercare.usage_weeks(spells, people, keen, clock, rng),
        "tickets": aftercare.tickets(spells, people, price.discount[spells.deal], clock, rng),
        "referrals": pd.DataFrame(
            {
                "referrer_account_id": account_id[referrer[visible]],
                "referred_account_id": account_id[referred[visible]],
                "referred_at": clock.instants(brought[visible]),
            }
        ),
    }


def _leads(truth: Truth, segment: Ints, days: Floats, clock: Clock) -> Bools:
    """Whether each of `segment`, on its day, is the planted one in its planted weeks."""
    if truth.planted is None:
        return np.zeros(len(segment), dtype=bool)
    since = (truth.planted.first_week(clock.as_of) - clock.origin).days
    leader: Bools = segment == list(INDUSTRIES).index(truth.planted.segment)
    return leader & (days >= since)


def _fond(truth: Truth, people: Accounts, spells: Spells) -> Bools:
    """Whether each stay is one of the customers with the trait that makes them fond of us."""
    if truth.fond is None:
        return np.zeros(len(spells.account), dtype=bool)
    attribute, value = truth.fond
    fond: Bools = people.frame[attribute].to_numpy()[spells.account] == value
    return fond


def _sources(
    past: History, people: Accounts, spells: Spells, eager: Bools, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, tuple[Ints, Ints, Floats]]:
    """How accounts came: the source if they came by themselves, the CRM's lead source, and the referrals behind it."""
    n = len(people.created)
    source = pick(rng, words.INBOUND_SOURCES, n)
    came, tried = np.full(n, np.inf), np.full(n, np.inf)
    np.minimum.at(came, past.inbound_account, past.inbound_at)
    np.minimum.at(tried, past.touch_account, past.touches.sent)
    hoped = np.flatnonzero((source == "Referral") & np.isfinite(came))
    bringing = aftercare.referrals(hoped, came[hoped], spells, people, eager, rng)
    unbrought = np.setdiff1d(np.flatnonzero(source == "Referral"), bringing[1])
    source[unbrought] = "Website"
    lead_source = np.where(came < tried, source, np.where(np.isfinite(tried), "Outbound", "List import"))
    return source, lead_source.astype(object), bringing


def _billed(rows: pd.DataFrame, account_id: np.ndarray, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    """Subscription rows as the billing system has them; the price of one in a hundred is not known."""
    rows = rows.sort_values(["started", "account"], ignore_index=True)
    mrr = rows["mrr"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "subscription_id": sales.numbered("S", len(rows)),
            "account_id": account_id[rows["account"].to_numpy(dtype=np.int64)],
            "started_on": clock.dates(rows["started"].to_numpy(dtype=float)),
            "ended_on": clock.dates(rows["ended"].to_numpy(dtype=float)),
            "mrr": np.where(rng.random(len(rows)) < 0.01, np.nan, mrr),
            "currency": "USD",
            "end_reason": rows["end_reason"],
        }
    )
