"""The copies of a key: which rows share one, and which of those is the one that counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from gtm_metrics.sources import Table


def once(table: Table, rows: str, since: date | None, name: Callable[[str], str]) -> str:
    """A SELECT of rows of which no key is found twice, each the only copy of its own."""
    only = f" where {_recent(table, since, name)}" if since else ""
    return f"select t.*, 1 as gtm_copy, 1 as gtm_place from {rows} t{only}"


def ranked(
    table: Table,
    name: Callable[[str], str],
    key: str,
    same_key: str,
    order: str,
    again: str,
    since: date | None,
) -> list[str]:
    """WITH parts that end in `ranked`: the rows of `typed`, with gtm_copy and gtm_place among their key's copies."""
    # columns of our own begin with gtm_: an attribute may well be called copy or place
    recent = _recent(table, since, name)
    rows, left, near = "typed", "", []
    if since:
        # a copy of a recent row may be an old one, so the old ones are gone through for their keys, and once alone
        rows, left = "near", f" where d.gtm_many = 1 or {recent}"
        near = [
            f"recent as (select t.* from typed t where {recent})",
            f"older as (select t.* from typed t where not coalesce({recent}, false) "
            f"and {key} in (select {key} from recent))",
            "near as (select * from recent union all select * from older)",
        ]
    return [
        *near,
        # a row that the layout sets aside (a deleted version, say) is no copy of the one that counts
        f"twice as (select {key}, 1 as gtm_many from {rows} where gtm_reason is null "
        f"group by {key} having count(*) > 1)",
        # the mark is looked at after the join: within it, DuckDB would compare every row with every duplicate
        f"counted as {again}(select t.*, case when t.gtm_reason is null then d.gtm_many end as gtm_many "
        f"from {rows} t left join twice d on {same_key}{left})",
        # duplicates are rare: only they are sorted, every other row passes by
        f"ranked as (select t.*, row_number() over (partition by {key} order by {order}) as gtm_copy, "
        f"rank() over (partition by {key} order by {order}) as gtm_place from counted t where t.gtm_many = 1 "
        f"union all select t.*, 1 as gtm_copy, 1 as gtm_place from counted t where t.gtm_many is null)",
    ]


def _recent(table: Table, since: date | None, name: Callable[[str], str]) -> str:
    """SQL for whether any day of a row `t` lies on or after `since`."""
    if since is None:
        return ""
    # an instant compared as it is may be looked up in an index, its day would be worked out of every row
    return "(" + " or ".join(f"t.{name(d)} >= date '{since.isoformat()}'" for d in table.dated) + ")"
