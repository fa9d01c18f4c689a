"""All that is counted of the pins, in one go: what the judge of follow-on markets is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.measures.markets import answers, shares, stages, ties
from gtm_metrics.measures.markets.pins import Pin
from gtm_metrics.measures.shared import decided_days
from gtm_metrics.question import Question
from gtm_metrics.warehouse import Warehouse


@dataclass(frozen=True)
class Counted:
    """What is counted of the pins.

    pins      as they were asked for
    frames    by name, a frame of counts each, "(all)" being everyone: pins (pin | dimension | segment), shares, prices,
              referrals, competitors, traits, both, stages, cycles, came, touches, custom_work, decided, calls_held,
              promoters, engagement, score
    missing   name of a frame, a column of shares or a stage -> why it could not be counted; not in it: it was
    read      stage -> the metric it was read off
    first_day, last_day   of the window; first_day None is from the beginning
    since     the first day of the 12 months of referrals
    """

    pins: tuple[Pin, ...]
    question: Question
    frames: Mapping[str, pd.DataFrame]
    missing: Mapping[str, str]
    read: Mapping[str, str]
    first_day: date | None
    last_day: date
    since: date


def counted(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin], on_lists: Collection[str] = ()
) -> Counted:
    """The counts of every pin, aggregate queries alone. `on_lists`: account ids that people set apart.

    Raises NoMarkets without a pin, Refused for a rule that means nothing here.
    """
    share, missing = shares.shares(warehouse, company, question, of, on_lists)
    stage, read, without = stages.stages(warehouse, company, question, of)
    named = pd.DataFrame(
        [(pin.name, pin.dimension, pin.segment) for pin in of], columns=["pin", "dimension", "segment"]
    )
    frames = {
        "pins": named,
        "shares": share,
        "stages": stage,
        "traits": ties.traits(warehouse, company, question, of),
        "both": ties.both(warehouse, company, question, of),
    }
    missing |= without
    asked = {
        "prices": shares.prices,
        "referrals": ties.referrals,
        "competitors": ties.competitors,
        "cycles": stages.cycles,
        "came": answers.came,
        "touches": answers.touches,
        "custom_work": answers.custom_work,
        "decided": answers.decided,
        "calls_held": answers.calls,
        "promoters": answers.promoters,
        "engagement": answers.engagement,
        "score": answers.score,
    }
    for name, count in asked.items():
        frames[name], why = count(warehouse, company, question, of)
        if why:
            missing[name] = why
    first, last = decided_days(company, question)
    return Counted(tuple(of), question, frames, missing, read, first, last, ties.since(question.as_of))
