"""Overlap: how far the segments of one dimension are the same accounts as those of others."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown, segment_of
from gtm_metrics.warehouse import Warehouse

OVERLAP_COLUMNS = ("dimension", "value", "both", "accounts", "others", "of_segment", "of_other")


def overlaps(warehouse: Warehouse, company: Company, question: Question, others: tuple[str, ...]) -> pd.DataFrame:
    """segment | dimension | value | accounts: the accounts of every segment by the value of each other dimension.

    One aggregate query; accounts int64, a row where there is any, dimensions in the order asked. Each account has
    one value a dimension, "(not set)" included, so the rows of a segment and dimension add up to the segment. The
    question names one dimension; itself among the others is left out. Raises ValueError when it names none or two,
    Refused for an unknown dimension.
    """
    if len(question.by) != 1:
        raise ValueError(f"by is {list(question.by)}; an overlap is asked of the segments of one dimension")
    for name in (*question.by, *others, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    asked = [name for name in dict.fromkeys(others) if name not in question.by]
    if not asked:
        return _typed(pd.DataFrame(columns=["segment", "dimension", "value", "accounts"]))
    scoped = accounts_known(warehouse, company, Question(question.as_of, question.by, scope=question.scope))
    source = known(warehouse, "accounts", question.as_of)
    values = [
        segment_of(warehouse, source, refuse_unknown(warehouse, company, name)).label(f"value_{n}")
        for n, name in enumerate(asked)
    ]
    joined = source.join(scoped, scoped.c.account_id == source.c.account_id)
    each = sa.select(scoped.c.segment, *values).select_from(joined).cte("each_account")
    parts: list[sa.Select[Any]] = []
    for n, name in enumerate(asked):
        value = each.c[f"value_{n}"]
        count = sa.cast(sa.func.count(), sa.BigInteger()).label("accounts")
        part = sa.select(each.c.segment, sa.literal(name, sa.String()).label("dimension"), value.label("value"), count)
        parts.append(part.group_by(each.c.segment, value))
    found = warehouse.read(parts[0] if len(parts) == 1 else sa.union_all(*parts))
    place = found["dimension"].map({name: n for n, name in enumerate(asked)})
    ordered = found.assign(place=place).sort_values(["segment", "place", "value"], ignore_index=True)
    return _typed(ordered.drop(columns="place"))


def overlap(counts: pd.DataFrame, segment: str) -> pd.DataFrame:
    """What a segment shares with every value of the other dimensions, the largest share first within a dimension.

    both        accounts that are in the two
    accounts    of the segment; of_segment = both / accounts: how much of the segment lies in that value
    others      accounts with that value, whatever their segment; of_other = both / others: how much of it is this
                segment

    Where both shares are near 1 the two are the same accounts under two names. Shares are of all accounts known,
    not a sample, so they carry no interval. Values that the segment has no account of have no row.
    """
    mine = counts[counts["segment"] == segment]
    whole = counts.groupby(["dimension", "value"])["accounts"].sum()
    total = mine.groupby("dimension")["accounts"].sum()
    rows = [
        {
            "dimension": row["dimension"],
            "value": row["value"],
            "both": int(row["accounts"]),
            "accounts": int(total[row["dimension"]]),
            "others": int(whole[row["dimension"], row["value"]]),
            "of_segment": int(row["accounts"]) / int(total[row["dimension"]]),
            "of_other": int(row["accounts"]) / int(whole[row["dimension"], row["value"]]),
        }
        for row in mine.to_dict("records")
    ]
    place = {name: n for n, name in enumerate(dict.fromkeys(mine["dimension"]))}
    rows.sort(key=lambda row: (place[row["dimension"]], -row["both"], row["value"]))
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in OVERLAP_COLUMNS})


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    kinds = {"segment": "object", "dimension": "object", "value": "object", "accounts": "int64"}
    return frame[list(kinds)].astype(kinds)
