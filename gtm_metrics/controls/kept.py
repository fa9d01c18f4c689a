"""What people keep of customers, as the Best-fit page and home show it: profiles, lists, notes, answers to criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gtm_metrics import customers, journal
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import today
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import may
from gtm_metrics.journal.tables import IDEAL, NEGATIVE, NEVER
from gtm_metrics.measures import Fit, Rule, rules_of
from gtm_metrics.question import Question
from gtm_metrics.tallies import dimensions
from gtm_metrics.weeks import known_by


@dataclass(frozen=True, eq=False)
class Versions:
    """The versions of the ideal or of the negative profile, oldest first, as known on the day of the page."""

    kind: str
    rows: pd.DataFrame

    @property
    def now(self) -> dict[str, Any] | None:
        """The version in effect, by column; None before the first and where it was taken back."""
        if self.rows.empty or self.rows["gone"].iloc[-1]:
            return None
        return {str(name): value for name, value in self.rows.iloc[-1].items()}

    @property
    def saw(self) -> int | None:
        """The last version, which a change is made from, also one that was taken back; None before the first."""
        return None if self.rows.empty else int(self.rows["version"].iloc[-1])

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the version in effect; () where there is none."""
        return rules_of(self.now["rules"]) if self.now else ()


@dataclass(frozen=True, eq=False)
class Kept:
    """What the journal knows on the day of the page.

    now      whether the page shows the present, which alone can be changed, to somebody who may change it
    trouble  why the journal does not answer; then everything is empty and nothing can be changed
    """

    ideal: Versions
    negative: Versions
    lists: pd.DataFrame
    notes: pd.DataFrame
    answers: pd.DataFrame
    now: bool
    trouble: str = ""

    @property
    def on_lists(self) -> tuple[str, ...]:
        """The ids of the accounts on either list."""
        return tuple(sorted(self.lists["account_id"]))

    @property
    def fit(self) -> Fit:
        """By what open deals are to be disqualified: the profile's rules, accounts on the never list."""
        never = self.lists.loc[self.lists["kind"] == NEVER, "account_id"]
        return Fit(self.ideal.rules, tuple(sorted(never)))


def kept(where: Place, question: Question) -> Kept:
    """What the journal knows by the question's day, or today where that day is the present; one state of it."""
    day = today()
    through = where.warehouse.data_through
    now = through is None or question.as_of >= through
    known = known_by(question.as_of, through, day)
    try:
        with journal.reading(engine_of(where)) as seen:
            return Kept(
                Versions(IDEAL, journal.profiles(seen, known, IDEAL)),
                Versions(NEGATIVE, journal.profiles(seen, known, NEGATIVE)),
                journal.listed(seen, known),
                journal.notes(seen, known),
                journal.criteria(seen, known),
                now and may("edit"),
            )
    except journal.JournalError as trouble:
        nothing = pd.DataFrame(columns=["account_id", "kind", "criterion"])
        empty = (Versions(IDEAL, nothing), Versions(NEGATIVE, nothing))
        return Kept(*empty, nothing, nothing, nothing, False, str(trouble))


def suggested(where: Place, traits: pd.DataFrame, side: str = "best") -> tuple[Rule, ...]:
    """The rules of the profile that the traits of the best, or the negative one that those of the worst suggest.

    Of dimensions alone: by a first campaign, or a number cut for the day, no account can be sought.
    """
    among = [each.name for each in dimensions(where.warehouse, where.company)]
    return tuple(Rule(*rule) for rule in customers.suggested(traits, among, side))
