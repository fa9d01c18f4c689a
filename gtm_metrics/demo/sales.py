"""What the CRM holds of the selling: touches, calls and opportunities as tables, known as of the last day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gtm_metrics.demo import words
from gtm_metrics.demo.accounts import Accounts, pick
from gtm_metrics.demo.clock import Bools, Clock, Floats, Ints, office
from gtm_metrics.demo.customers import Price
from gtm_metrics.demo.deals import OUTCOMES, logged_late
from gtm_metrics.demo.history import History

SELLING_ALREADY = "Existing customer"


def numbered(letter: str, count: int, digits: int = 5) -> np.ndarray:
    """Ids in order: A-00001, A-00002, ..."""
    return np.array([f"{letter}-{i:0{digits}d}" for i in range(1, count + 1)], dtype=object)


def touches(past: History, people: Accounts, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    """Everything delivered by as_of: sequences, drips, news to customers, and what accounts sent us."""
    news_account, news_at = _news(past, clock, rng)
    count = len(people.created) // 6
    stray = rng.integers(0, len(people.created), count)
    begin = np.maximum(people.created[stray], 0)
    stray_at = office(begin + rng.random(count) * (clock.end - begin), rng)
    account = np.concatenate([past.touch_account, news_account, past.inbound_account, stray])
    sent = np.concatenate([past.touches.sent, news_at, past.inbound_at, stray_at])
    replied = np.concatenate([past.touches.replied, np.full(len(sent) - len(past.touches.sent), np.nan)])
    ours = np.arange(len(sent)) < len(past.touch_account) + len(news_account)
    news = ours & (np.arange(len(sent)) >= len(past.touch_account))

    order = np.lexsort((account, sent))
    order = order[sent[order] < clock.end]
    account, sent, replied, ours, news = account[order], sent[order], replied[order], ours[order], news[order]
    n = len(order)
    channel = np.where(ours, pick(rng, words.OUTBOUND_CHANNELS, n), pick(rng, words.INBOUND_CHANNELS, n))
    direction = np.where(ours, "outbound", "inbound").astype(object)
    direction[ours & (rng.random(n) < 0.03)] = None
    # A campaign runs for half a year on an account, so that a sequence is of one campaign.
    themes = np.array(list(words.CAMPAIGNS), dtype=object)
    campaign = themes[(account * 7 + np.floor(sent / 182).astype(np.int64) * 5) % len(themes)]
    campaign = np.where(news, "Customer news", campaign).astype(object)
    campaign[~ours | (rng.random(n) < 0.04)] = None
    return pd.DataFrame(
        {
            "touch_id": numbered("T", n, 6),
            "account_id": people.frame["account_id"].to_numpy()[account],
            "sent_at": clock.instants(sent),
            "channel": channel,
            "direction": direction,
            "campaign": campaign,
            "replied_at": clock.instants(np.where(replied < clock.end, replied, np.nan)),
        }
    )


def _news(past: History, clock: Clock, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Now and then news to accounts while they pay: outreach that is no trial of the response rate."""
    spells = past.spells
    until = np.where(np.isnan(spells.ended), clock.end, np.minimum(spells.ended, clock.end))
    length = np.maximum(until - spells.started - 3, 0)
    count = rng.poisson(length / 100)
    row = np.repeat(np.arange(len(count)), count)
    at = office(spells.started[row] + rng.random(len(row)) * length[row], rng)
    return spells.account[row], np.minimum(at, until[row] - 0.5)


def opportunities(
    past: History,
    people: Accounts,
    price: Price,
    sold: pd.DataFrame,
    source: np.ndarray,
    new_pitch: Bools,
    clock: Clock,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Opportunities created by as_of with what is known then, in order of creation.

    sold       renewals and expansions (customers.subscriptions)
    source     lead source of each account that came by itself
    new_pitch  deals of the leader since it pulled ahead: they give reasons of their own
    The frame carries a column `deal` (row of past.deals, -1 for what is sold to customers) for the calls.
    """
    found = past.deals
    late = logged_late(found, clock, rng)
    on_time = late == found.created
    new = pd.DataFrame(
        {
            "account": past.deal_account,
            "kind": "new",
            "created": late,
            "closed": found.closed,
            "outcome": found.outcome,
            "understood": np.where(on_time, found.understood, np.nan),
            "advanced": np.where(on_time, found.advanced, np.nan),
            "amount": price.mrr * 12,
            "list_amount": np.round(price.mrr * 12 / (1 - price.discount)),
            "inbound": past.deal_inbound,
            "new_pitch": new_pitch,
            "deal": np.arange(len(late)),
        }
    )
    again = sold.assign(
        created=office(sold["created"].to_numpy(dtype=float), rng),
        list_amount=sold["amount"],
        understood=np.nan,
        advanced=np.nan,
        inbound=False,
        new_pitch=False,
        deal=-1,
    )
    every = pd.concat([new, again[new.columns]]) if len(again) else new
    every = every[every["created"] < clock.end].sort_values(["created", "account"], ignore_index=True)
    return _recorded(every, people, source, clock, rng)


def _recorded(
    every: pd.DataFrame, people: Accounts, source: np.ndarray, clock: Clock, rng: np.random.Generator
) -> pd.DataFrame:
    """The opportunities as people filled them in."""
    n = len(every)
    created, closed = every["created"].to_numpy(dtype=float), every["closed"].to_numpy(dtype=float)
    account = every["account"].to_numpy(dtype=np.int64)
    decided = closed < clock.end
    outcome = np.array(OUTCOMES, dtype=object)[every["outcome"].to_numpy(dtype=np.int64)]
    outcome[~decided] = None
    owner = np.where(rng.random(n) < 0.12, rng.integers(0, len(words.REPS), n), people.owner[account])
    new = (every["kind"] == "new").to_numpy()
    lead_source = np.where(every["inbound"], source[account], np.where(new, "Outbound", SELLING_ALREADY)).astype(object)
    lead_source[rng.random(n) < 0.05] = None
    kind = every["kind"].to_numpy(dtype=object).copy()
    kind[new & (rng.random(n) < 0.04)] = None
    champion, named = _champion(outcome, created, closed, clock, rng)
    involved = pd.array(1 + rng.poisson(1.4, n) + (outcome == "won"), dtype="Int64")
    involved[rng.random(n) < 0.08] = pd.NA
    budget = np.where(rng.random(n) < 0.06, np.round(rng.lognormal(np.log(9000), 0.6, n), -2), np.nan)
    win_reason, loss_reason, competitor = _reasons(outcome, every["new_pitch"].to_numpy(dtype=bool), rng)
    competitor[~new] = None
    return pd.DataFrame(
        {
            "opportunity_id": numbered("O", n),
            "account_id": people.frame["account_id"].to_numpy()[account],
            "created_at": clock.instants(created),
            "type": kind,
            "closed_at": clock.instants(np.where(decided, np.floor(closed), _forecast(created, clock, rng))),
            "outcome": outcome,
            "win_reason": win_reason,
            "loss_reason": loss_reason,
            "competitor": competitor,
            "understood_at": clock.instants(_known(every["understood"], clock)),
            "advanced_at": clock.instants(_known(every["advanced"], clock)),
            "amount": every["amount"].to_numpy(dtype=float),
            "list_amount": every["list_amount"].to_numpy(dtype=float),
            "currency": "USD",
            "champion_title": champion,
            "champion_named_at": clock.instants(named),
            "people_involved": involved,
            "custom_work_budget": budget,
            "lead_source": lead_source,
            "owner_id": np.array([f"U-{i + 1}" for i in owner], dtype=object),
            "owner": np.array(words.REPS, dtype=object)[owner],
            "deal": every["deal"].to_numpy(dtype=np.int64),
        }
    )


def _known(days: pd.Series, clock: Clock) -> Floats:
    """The times that have come by as_of, the others nan."""
    values = days.to_numpy(dtype=float)
    return np.where(values < clock.end, values, np.nan)


def _forecast(created: Floats, clock: Clock, rng: np.random.Generator) -> Floats:
    """Close dates that reps expect for open deals: none for a third, most ahead, a few long past."""
    n = len(created)
    ahead = clock.end + rng.integers(2, 100, n)
    stale = np.maximum(clock.end - rng.integers(3, 40, n), np.floor(created) + 1)
    return np.where(rng.random(n) < 0.35, np.nan, np.where(rng.random(n) < 0.12, stale, ahead))


def _champion(
    outcome: np.ndarray, created: Floats, closed: Floats, clock: Clock, rng: np.random.Generator
) -> tuple[np.ndarray, Floats]:
    """Who wanted it and when that was recorded; for some only after the decision, which proves nothing."""
    n = len(outcome)
    title = pick(rng, words.CHAMPIONS, n)
    until = np.where(np.isnan(closed), created + 40, np.maximum(closed, created))
    named = created + (until - created) * rng.uniform(0.05, 0.8, n)
    named = np.where(rng.random(n) < 0.08, until + rng.uniform(1, 20, n), named)
    named = np.floor(named) + rng.uniform(8.5, 17.5, n) / 24
    known = (rng.random(n) < np.where(outcome == "won", 0.85, 0.62)) & (named < clock.end)
    title[~known] = None
    return title, np.where(known, named, np.nan)


def _reasons(
    outcome: np.ndarray, new_pitch: Bools, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Win reason, loss reason and alternative of decided deals; a realistic share was never filled in."""
    n = len(outcome)
    win = np.where(new_pitch, pick(rng, words.LEADER_WIN_REASONS, n), pick(rng, words.WIN_REASONS, n))
    win[(outcome != "won") | (rng.random(n) < 0.18)] = None
    stalled = outcome == "no_decision"
    loss = np.where(stalled, pick(rng, words.NO_DECISION_REASONS, n), pick(rng, words.LOST_REASONS, n))
    loss[~(stalled | (outcome == "lost")) | (rng.random(n) < 0.26)] = None
    stay = rng.random(n) < np.array([words.STATUS_QUO_SHARE.get(what, 0.0) for what in outcome])
    other = np.where(stay, pick(rng, words.STATUS_QUO, n), pick(rng, words.VENDORS, n))
    other[np.array([what is None for what in outcome]) | (rng.random(n) < 0.28)] = None
    return win, loss, other


def calls(past: History, deal_rows: pd.DataFrame, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    """Calls held by as_of; one in eight does not say for which opportunity, though it can be told.

    deal_rows: opportunities with their `deal`. Half the talks with customers about more had a call too.
    """
    ids = np.full(len(past.deals.created), None, dtype=object)
    accounts = np.full(len(ids), None, dtype=object)
    new = deal_rows[deal_rows["deal"] >= 0]
    ids[new["deal"]], accounts[new["deal"]] = new["opportunity_id"], new["account_id"]
    as_created = np.full(len(ids), False)
    as_created[new["deal"]] = clock.instants(past.deals.created)[new["deal"]].to_numpy() == new["created_at"].to_numpy()

    deal, held, noted = past.calls.deal, past.calls.held, past.calls.noted
    kept = held < clock.end
    deal, held, noted, understood = deal[kept], held[kept], noted[kept], past.calls.understood[kept]
    opportunity = ids[deal]
    opportunity[as_created[deal] & (rng.random(len(deal)) < 0.12)] = None
    said = pd.array(understood, dtype="boolean")
    said[~noted] = pd.NA
    ours = pd.DataFrame(
        {
            "account_id": accounts[deal],
            "held_at": clock.instants(held),
            "opportunity_id": opportunity,
            "understood": said,
        }
    )
    more = deal_rows[(deal_rows["type"] == "expansion") & (rng.random(len(deal_rows)) < 0.5)]
    theirs = pd.DataFrame(
        {
            "account_id": more["account_id"],
            "held_at": more["created_at"],
            "opportunity_id": more["opportunity_id"],
            "understood": pd.array([pd.NA] * len(more), dtype="boolean"),
        }
    )
    frame = pd.concat([ours, theirs]).sort_values(["held_at", "account_id"], ignore_index=True)
    minutes = pd.array(np.clip(np.round(rng.normal(33, 11, len(frame))), 5, 90), dtype="Int64")
    minutes[rng.random(len(frame)) < 0.04] = pd.NA
    return frame.assign(call_id=numbered("C", len(frame)), minutes=minutes)
