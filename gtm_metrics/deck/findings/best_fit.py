"""Best-fit customers: what sets the best tenth apart, or, where they are few, who they are."""

from __future__ import annotations

from gtm_metrics import customers
from gtm_metrics.customers import FOUND
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import TIMES, Dots, Form, Panel, Table
from gtm_metrics.deck.slide import Sheet, Slide, sheet_of
from gtm_metrics.measures import value
from gtm_metrics.measures.value import Grouped
from gtm_metrics.question import Question
from gtm_metrics.tables.customers import named
from gtm_metrics.words import board, plain, times
from gtm_metrics.words import customers as said
from gtm_metrics.words.numbers import Row

ROWS, CARDS = 9, 8
MOST = 6.0
"""Times beyond which an interval runs out of the picture."""
SIDES = {"best": "The best tenth", "worst": "The worst tenth"}
PARTS_OF_CARDS = ("Account", "Place", "Score", "Pays a month", "Life")
NUMBERS = ("Place", "Score", "Pays a month")


def best_fit(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    question = Question(asked.as_of, weeks=None)
    told: Grouped = doors.measured(value.grouped, question)
    if told.missing or told.frame.empty:
        return told.missing or "nobody has paid within the last 24 months"
    traits = customers.traits(told.frame)
    curve = doors.measured(value.concentration, question, told.recipe)
    held = customers.held(curve, "score")
    labels = {each.name: each.label for each in told.attributes}
    rows = customers.strongest(traits, ROWS)
    form, sheets = (_dots(rows, labels), ()) if rows else _cards(question, doors, told)
    return Slide(
        finding="best-fit",
        over=said.overline(told, markdown=False),
        headline=said.title(told, traits, held, labels, markdown=False),
        paragraph=said.paragraph(told, traits, held, labels, markdown=False, brief=True),
        forms=(form,),
        footnote=board.unmarked(said.footnote(told, traits, "lifts" if rows else "curve")),
        notes="\n".join(board.unmarked(line) for line in said.recipe(told)),
        sheets=(sheet_of("Best-fit customers", traits), *sheets),
    )


def _dots(rows: list[dict[str, dict[object, object]]], labels: dict[str, str]) -> Dots:
    """A row a trait, a panel a side: times as frequent as among all customers."""
    names = tuple(said.full_name(next(iter(sides.values())), labels) for sides in rows)
    panels = []
    for side, title in SIDES.items():
        found: list[Row | None] = [sides.get(side) for sides in rows]
        size = next((row["tier_size"] for row in found if row), None)
        panels.append(
            Panel(
                title=title + (f", {size:,} customers" if size is not None else ", too few to compare"),
                caption="times as frequent as among all, and how many of those with it",
                unit=TIMES,
                values=tuple(row["lift"] if row else None for row in found),
                low=tuple(row["low"] if row else None for row in found),
                high=tuple(min(row["high"], MOST) if row else None for row in found),
                labels=tuple(_label(row) for row in found),
                rest=tuple(None for _ in found),
                standings=tuple(_standing(row, side) for row in found),
                line=1.0,
                line_label="as among all",
            )
        )
    found_ones = [
        name for name, sides in zip(names, rows, strict=True) if any(r["status"] == FOUND for r in sides.values())
    ]
    return Dots(names, tuple(panels), found_ones[0] if found_ones else "")


def _label(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{times(row['lift'])} · {row['in_tier']:,} of {row['n']:,}" if row["in_tier"] else f"none of {row['n']:,}"


def _standing(row: Row | None, side: str) -> str:
    if row is None or row["status"] != FOUND:
        return ""
    return "ahead" if (row["lift"] > 1) == (side == "best") else "behind"


def _cards(question: Question, doors: Doors, told: Grouped) -> tuple[Form, tuple[Sheet, ...]]:
    """The best customers by name, where they are too few to compare."""
    best = max(1, told.tiers["best"] + told.tiers["next best"])
    frame = named(doors.measured(value.ends, question, told.recipe, best, 0), told, doors.company)
    shown = frame[[name for name in PARTS_OF_CARDS if name in frame]].head(CARDS)
    cells = tuple(
        tuple(plain(cell) if cell not in ("", None) else "" for cell in row) for row in shown.itertuples(index=False)
    )
    weights = tuple(2.4 if name == "Account" else 1.0 for name in shown.columns)
    numbers = tuple(i for i, name in enumerate(shown.columns) if name in NUMBERS)
    table = Table(tuple(shown.columns), cells, weights, (0,), size=16.0, numbers=numbers)
    kept = frame[[name for name in frame.columns if name not in ("CRM", "Owner")]]
    return table, (sheet_of("Best customers", kept, ("Account",)),)
