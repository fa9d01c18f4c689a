"""What the Best-fit page shows: customers scored and compared once for every reader, and lists by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import customers
from gtm_metrics.charts.canvas import Drawing
from gtm_metrics.charts.holding import holding
from gtm_metrics.charts.lifts import lifts
from gtm_metrics.controls.address import WAREHOUSE_PAGE, as_of_day, choose, on_board
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import measured, place
from gtm_metrics.controls.show import dark, heading, present, table, width
from gtm_metrics.measures import value
from gtm_metrics.measures.value import CAMPAIGN, Grouped
from gtm_metrics.question import Question
from gtm_metrics.tables import CRM
from gtm_metrics.tables import customers as tables_customers
from gtm_metrics.words import customers as said
from gtm_metrics.words import escaped

LISTED = 10
"""Customers of either end that are named."""
ROWS, ROWS_ON_BOARD = 9, 8
ABREAST = 5
"""Accounts that are read side by side."""
TRAITS = {"one": "One attribute", "two": "Two at once"}
LISTS = {"best": "Best", "worst": "Worst", "hell": "From hell"}


@dataclass(frozen=True, eq=False)
class BestFit:
    """The page: its question, the customers counted, the traits judged, how value is concentrated."""

    place: Place
    question: Question
    told: Grouped
    traits: pd.DataFrame
    curve: pd.DataFrame
    board: bool

    @property
    def held(self) -> Mapping[str, Sequence[customers.Held]]:
        """What the first 1, 10 and 20 % hold, by order."""
        return {order: customers.held(self.curve, order) for order in ("score", "mrr")}

    @property
    def labels(self) -> dict[str, str]:
        """What each attribute is called on screen."""
        return {each.name: each.label for each in self.told.attributes}

    @property
    def compared(self) -> bool:
        """Whether a tenth has accounts enough to be compared."""
        return bool(self.traits["p"].notna().any())


def best_fit() -> BestFit:
    """The page's data as of the day in the address; where nobody can be scored a sentence says why, and it stops."""
    where, board = place(), on_board()
    through = where.warehouse.data_through
    slot = None
    if not board and through is not None:
        _, right = st.columns([34, 6], vertical_alignment="bottom")
        slot = right.popover("More", icon=":material/tune:", width="stretch")
    told = None
    if through is not None:
        question = Question(as_of_day(slot, through), weeks=None)
        told = measured(where, value.grouped, question)
    if told is None or told.missing or told.frame.empty:
        why = told.missing if told else "no connected table has a row with a date"
        heading("Best-fit customers", "No customer can be scored yet", _nobody(why))
        st.markdown(
            "A customer is an account with a subscription in the last 24 months; connect `subscriptions` first."
        )
        st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")
        st.stop()
    curve = measured(where, value.concentration, question, told.recipe)
    return BestFit(where, question, told, customers.traits(told.frame), curve, board)


def _nobody(why: str) -> str:
    return f"{escaped(why[:1].upper() + why[1:])}." if why else "Nobody has paid within the last 24 months."


def opening(page: BestFit) -> None:
    """The overline, the finding, and what stands behind it."""
    held = page.held["score"]
    heading(
        said.overline(page.told),
        said.title(page.told, page.traits, held, page.labels),
        said.paragraph(page.told, page.traits, held, page.labels, brief=page.board),
    )


def chart(page: BestFit) -> tuple[Drawing, str]:
    """The one chart with its footnote: traits where they can be compared, else who holds the revenue."""
    if not page.compared:
        return concentration(page)
    rows = customers.strongest(page.traits, ROWS_ON_BOARD if page.board else ROWS)
    drawing = lifts(rows, page.labels, dark(), width(page.board))
    return drawing, said.footnote(page.told, page.traits, "lifts")


def concentration(page: BestFit) -> tuple[Drawing, str]:
    """The curve of value with its footnote."""
    wide = width(page.board) if not page.compared else width(False, 1 / 2)
    drawing = holding(page.curve, page.held, dark(), wide, 360.0 if page.board else 280.0)
    return drawing, said.footnote(page.told, page.traits, "curve")


def traits(page: BestFit) -> None:
    """What the best and the worst share, trait by trait or by two at once, side by side; the negative persona."""
    found, of = page.traits, "Traits"
    if page.compared and choose(st.container(), "traits", "Traits of", TRAITS, "one", st.segmented_control) == "two":
        found, of = customers.traits(measured(page.place, value.grouped, page.question, True).frame), "Pairs of traits"
    # two names side by side leave no room for their numbers: pairs stand one tenth below the other
    slots = st.columns(2, gap="medium") if found is page.traits else [st.container(), st.container()]
    for slot, side in zip(slots if page.compared else (), customers.SIDES, strict=False):
        with slot:
            st.markdown(f"**The {side} tenth**")
            frame = tables_customers.traits(found, side, page.labels)
            st.dataframe(frame, hide_index=True, alt=f"{of} of the {side} tenth beside all customers")
    if page.compared:
        st.caption(said.tried(found))
    st.markdown(said.negative(page.traits, page.labels, page.told.tiers["worst"]))


def cards(page: BestFit) -> None:
    """The best tenth side by side, where they are too few to compare: each with what is known of it."""
    best = page.told.tiers["best"] + page.told.tiers["next best"]
    if best >= customers.READ_BELOW:
        return
    st.subheader("Read the best side by side", anchor=False)
    rows = _ends(page, max(best, 1), 0)
    for first in range(0, len(rows), ABREAST):
        some = tables_customers.cards(rows.iloc[first : first + ABREAST], page.place.company)
        table(some, f"The best customers side by side, from place {first + 1:,}")


def tiers(page: BestFit) -> None:
    """Who holds the revenue: the curve (unless it is the page's chart) beside the tiers."""
    left, right = st.columns([13, 11], gap="medium")
    with left if page.compared else st.container():
        if page.compared:
            drawing, _ = concentration(page)
            present(drawing)
    with right if page.compared else st.container():
        if page.compared:
            st.markdown("**Tiers**")
        table(tables_customers.tiers(page.told, page.place.company), "Customers and MRR by tier")


def lists(page: BestFit) -> None:
    """Customers by name: the best, the worst, or those from hell, from a picker that lives in the address."""
    st.subheader("By name", anchor=False)
    chosen = choose(st.container(), "list", "Customers", LISTS, "best", st.segmented_control)
    company = page.place.company
    if chosen == "hell":
        found = measured(page.place, value.from_hell, page.question)
        frame = tables_customers.from_hell(found, company)
        note = said.hell(int(found["in_all"].iloc[0]) if len(found) else 0, len(found))
    else:
        ends = (LISTED, 0) if chosen == "best" else (0, LISTED)
        found = _ends(page, *ends)
        frame = tables_customers.named(found if chosen == "best" else found.iloc[::-1], page.told, company)
        note = said.RANKS
    if len(frame):
        st.dataframe(frame, hide_index=True, column_config=_link(), alt=f"Customers by name: {LISTS[chosen].lower()}")
    st.caption(note)


def loved(page: BestFit) -> None:
    """Segments too small to measure whose customers score high, with their accounts; nothing where there are none."""
    company = page.place.company
    among = [each.name for each in company.dimensions]
    found = customers.small_but_loved(page.told.frame, among, company.minimum_trials)
    st.subheader("Small but loved", anchor=False)
    if not found:
        st.caption(said.NOBODY_LOVED)
        return
    st.caption(said.LOVED)
    named = {each.name: each for each in page.told.attributes}
    segments = tuple((named[each.attribute], each.value) for each in found)
    frame = measured(page.place, value.of_segments, page.question, page.told.recipe, segments)
    for each in found:
        st.markdown(said.small_but_loved(each, page.labels))
        mine = frame[(frame["dimension"] == each.attribute) & (frame["segment"] == each.value)]
        accounts = tables_customers.loved(mine, company)
        table(accounts, f"Customers of {each.value}, the best first")


def came_from(page: BestFit) -> None:
    """Where the best tenth came from, beside all others: lead source and first campaign, as far as they are there."""
    there = [name for name in ("lead_source", CAMPAIGN.name) if name in page.labels]
    if not there:
        return
    st.subheader("Where the best came from", anchor=False)
    for slot, name in zip(st.columns(2, gap="medium"), there, strict=False):
        with slot:
            frame = tables_customers.came_from(customers.came_from(page.told.frame, name))
            table(frame.rename(columns={"Source": page.labels[name]}), f"The best tenth by {page.labels[name]}")


def recipe(page: BestFit) -> None:
    """What the score is made of, what is missing, and whether the score of a year ago knew who would stay."""
    st.subheader("What the score is made of", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in said.recipe(page.told)))
    st.markdown(said.back_test(measured(page.place, value.back_test, page.question)))
    st.caption(said.TIERS)


def _ends(page: BestFit, best: int, worst: int) -> pd.DataFrame:
    frame: pd.DataFrame = measured(page.place, value.ends, page.question, page.told.recipe, best, worst)
    return frame


def _link() -> dict[str, Any]:
    return {CRM: st.column_config.LinkColumn(display_text="open", width="small")}
