"""Customers by name: the best and the worst with the parts of their score, those of a segment, and those from hell."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company, Dimension
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.groups import wide
from gtm_metrics.measures.value.parts import PARTS
from gtm_metrics.measures.value.score import Recipe, rank, scored
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.warehouse.needs import lacks

MOST = 5000
"""Rows a list may ask for."""

INPUTS = tuple(each.name for part in PARTS for each in part.inputs if each.name != "days")
PART_NAMES = tuple(f"part_{part.name}" for part in PARTS)
LIST_COLUMNS = (
    "account_id", "account", "owner", "contact", "tier", "place", "customers", "score", *PART_NAMES, "since",
    "ended_on", "stayed", "weeks_used", *INPUTS, "discount", "win_reason", "champion_title",
)  # fmt: skip
HELL_COLUMNS = ("account_id", "account", "owner", "discount", "tickets", "effort", "stayed", "pays", "marks", "in_all")
DEEP = 0.9
"""The percentile rank from which a discount is deep, a load heavy, an effort great; a life is short from 1 less it."""
LEAST_MARKS = 2


def ends(
    warehouse: Warehouse, company: Company, question: Question, made: Recipe, best: int = 12, worst: int = 12
) -> pd.DataFrame:
    """The first `best` and the last `worst` customers by place, the first first: LIST_COLUMNS and a column a dimension.

    A column that is not counted here is None. Raises ValueError for fewer than 0 or more than 5,000 rows.
    """
    if not (0 <= best <= MOST and 0 <= worst <= MOST):
        raise ValueError(f"{best} best and {worst} worst are asked for; it must be 0 to {MOST:,} of each")
    base = scored(warehouse, company, question, made).subquery("scored")
    wanted = sa.or_(base.c.place <= best, base.c.customers - base.c.place < worst)
    return _named(warehouse, company, question, base, [wanted])


def of_segments(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    made: Recipe,
    segments: tuple[tuple[Dimension, str], ...],
    limit: int = 5,
) -> pd.DataFrame:
    """The first `limit` customers of each (dimension, value), as `ends` gives them, after `dimension` and `segment`."""
    found = []
    for dimension, value in segments:
        base = scored(warehouse, company, question, made).subquery("scored")
        apart = wide(warehouse, question, (dimension,))
        mine = sa.select(apart.c.account_id).where(apart.c.by_0 == value)
        chosen = sa.select(base.c.account_id).where(base.c.account_id.in_(mine)).order_by(base.c.place).limit(limit)
        frame = _named(warehouse, company, question, base, [base.c.account_id.in_(chosen)])
        frame.insert(0, "segment", value)
        frame.insert(0, "dimension", dimension.name)
        found.append(frame)
    if not found:
        return pd.DataFrame(columns=["dimension", "segment", *LIST_COLUMNS])
    return pd.concat(found, ignore_index=True)


def _named(warehouse: Warehouse, company: Company, question: Question, base: Any, where: list[Any]) -> pd.DataFrame:
    dims = tuple(each for each in company.dimensions if each.name in _attributes_there(warehouse))
    apart = wide(warehouse, question, dims, ("name", "owner", "contact"))
    joined: Any = base.join(apart, apart.c.account_id == base.c.account_id)
    extra: list[Any] = []
    if not lacks(warehouse, "opportunities.outcome"):
        given, won = inputs.discount(warehouse, question.as_of), _won(warehouse, question)
        joined = joined.outerjoin(given, given.c.account_id == base.c.account_id)
        joined = joined.outerjoin(won, won.c.account_id == base.c.account_id)
        extra = [given.c.discount, won.c.win_reason, won.c.champion_title]
    columns = [base.c[name] for name in LIST_COLUMNS if name in base.c]
    by = [apart.c[f"by_{place}"].label(f"by_{place}") for place in range(len(dims))]
    query = (
        sa.select(*columns, apart.c.name.label("account"), apart.c.owner, apart.c.contact, *extra, *by)
        .select_from(joined)
        .where(*where)
        .order_by(base.c.place)
    )
    found = warehouse.read(query)
    frame = pd.DataFrame({name: _plain(found, name) for name in LIST_COLUMNS})
    return frame.assign(**{own_column(each.name): _plain(found, f"by_{place}") for place, each in enumerate(dims)})


def own_column(attribute: str) -> str:
    """The column of a dimension in a list of customers: its name, unless a column of the list is called so."""
    return f"{attribute} (attribute)" if attribute in LIST_COLUMNS else attribute


def from_hell(warehouse: Warehouse, company: Company, question: Question, limit: int = 10) -> pd.DataFrame:
    """Customers of the last 24 months that are in the worst tenth of at least two: discount, tickets a month, touches
    and calls spent to win them, and how short their stay was (of those who left). HELL_COLUMNS; most marks first.

    What is not connected is None and marks nobody. in_all counts all of them, whatever the limit.
    """
    people = inputs.customers(warehouse, question.as_of)
    joined: Any = people
    numbers: dict[str, Any] = {"stayed": sa.case((people.c.ended_on.is_not(None), people.c.stayed))}
    deals = not lacks(warehouse, "opportunities.outcome")
    if deals and not lacks(warehouse, "opportunities.list_amount"):
        given = inputs.discount(warehouse, question.as_of)
        joined = joined.outerjoin(given, given.c.account_id == people.c.account_id)
        numbers["discount"] = given.c.discount
    if not lacks(warehouse, "tickets"):
        asked = inputs.tickets(warehouse, company, question.as_of)
        joined = joined.outerjoin(asked, asked.c.account_id == people.c.account_id)
        numbers["tickets"] = asked.c.tickets
    if deals and not lacks(warehouse, "touches or calls"):
        spent = inputs.effort(warehouse, company, question.as_of)
        joined = joined.outerjoin(spent, spent.c.account_id == people.c.account_id)
        numbers["effort"] = spent.c.effort
    pays = sa.case((people.c.ended_on.is_(None), 1), else_=0).label("pays")
    told = [people.c.account_id, people.c.stayed.label("life"), pays]
    raw = sa.select(*told, *(value.label(name) for name, value in numbers.items())).select_from(joined).subquery("raw")
    marks: Any = sa.literal(0)
    ranks = [rank(raw.c[name], more=name != "stayed").label(f"rank_{name}") for name in numbers]
    ranked = sa.select(raw, *ranks).subquery("ranked")
    for name in numbers:
        marks = marks + sa.case((ranked.c[f"rank_{name}"] >= DEEP, 1), else_=0)
    marked = sa.select(ranked, marks.label("marks")).subquery("marked")
    account = known(warehouse, "accounts", question.as_of)
    worst = [marked.c[name].desc() for name in ("discount", "tickets", "effort") if name in numbers]
    query = (
        sa.select(
            marked.c.account_id,
            account.c.name.label("account"),
            account.c.owner,
            *(marked.c[name] for name in numbers if name != "stayed"),
            marked.c.life.label("stayed"),
            marked.c.pays,
            marked.c.marks,
            sa.func.count().over().label("in_all"),
        )
        .select_from(marked.join(account, account.c.account_id == marked.c.account_id))
        .where(marked.c.marks >= LEAST_MARKS)
        .order_by(
            marked.c.marks.desc(),
            *(sa.func.coalesce(each.element, -1).desc() for each in worst),
            code_point(marked.c.account_id),
        )
        .limit(limit)
    )
    found = warehouse.read(query)
    return pd.DataFrame({name: _plain(found, name) for name in HELL_COLUMNS})


def _won(warehouse: Warehouse, question: Question) -> sa.Subquery:
    """account_id | win_reason | champion_title of the newest new deal it was won with."""
    deals = known(warehouse, "opportunities", question.as_of)
    nth = sa.func.row_number().over(
        partition_by=deals.c.account_id, order_by=(deals.c.closed_at.desc(), code_point(deals.c.opportunity_id))
    )
    rows = (
        sa.select(deals.c.account_id, deals.c.win_reason, deals.c.champion_title, nth.label("nth"))
        .where(is_new(deals), deals.c.outcome == "won")
        .subquery("won_deals")
    )
    return sa.select(rows.c.account_id, rows.c.win_reason, rows.c.champion_title).where(rows.c.nth == 1).subquery("won")


def _attributes_there(warehouse: Warehouse) -> set[str]:
    relation = warehouse.relations["accounts"]
    return {*relation.attributes, *(name for name in relation.table.names if warehouse.has("accounts", name))}


WHOLE = ("place", "customers", "stayed", "weeks_used", "referred", "pays", "marks", "in_all")
NUMBERS = ("score", *PART_NAMES, "nps", "engagement", "mrr", "effort", "tickets", "discount")


def _plain(found: pd.DataFrame, name: str) -> pd.Series:
    """A column as objects of plain Python values, None where there is none; days as datetime.date."""
    if name not in found:
        return pd.Series([None] * len(found), dtype=object)

    def value(cell: Any) -> Any:
        if cell is None or pd.isna(cell):
            return None
        if name in WHOLE:
            return int(cell)
        if name in NUMBERS:
            return round(float(cell), 9)
        return pd.Timestamp(cell).date() if name in ("since", "ended_on") else str(cell)

    return pd.Series([value(cell) for cell in found[name].tolist()], dtype=object)
