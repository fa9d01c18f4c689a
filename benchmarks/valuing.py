"""What the pages Best-fit customers and Alternatives count, beside SQL by hand on the same connection."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pandas.testing import assert_frame_equal

from benchmarks.asking import Asking, Place
from benchmarks.company import AS_OF
from benchmarks.counting import AT_MOST_BY_HAND
from benchmarks.measure import side_by_side
from benchmarks.report import Line, Part, Report, millions
from gtm_metrics import measures
from gtm_metrics.measures import value
from gtm_metrics.question import Question

ALTERNATIVES = f"""\
select coalesce(a.industry, '(not set)') as segment, o.competitor, o.outcome, count(*) as n,
    count(case when o.outcome <> 'won' and o.loss_reason is null then 1 end) as no_reason
from gtm.opportunities o join gtm.accounts a using (account_id)
where (o.type = 'new' or o.type is null) and o.outcome is not null and o.created_at <= timestamp '{AS_OF} 23:59:59'
    and o.closed_at <= timestamp '{AS_OF} 23:59:59' and (a.created_on <= date '{AS_OF}' or a.created_on is null)
group by all"""

CUSTOMERS = f"""
with paid as (
    select account_id, subscription_id, started_on, mrr,
        case when ended_on <= date '{AS_OF}' then ended_on end as ended_on
    from gtm.subscriptions where started_on <= date '{AS_OF}'),
reach as (
    select *, max(coalesce(ended_on, date '9999-12-31')) over (partition by account_id
        order by started_on, subscription_id rows between unbounded preceding and 1 preceding) as before_on from paid),
numbered as (
    select *, sum(case when before_on is null or started_on > before_on + 30 then 1 else 0 end) over (
        partition by account_id order by started_on, subscription_id) as spell from reach),
spells as (
    select account_id, min(started_on) as started_on, max(coalesce(ended_on, date '9999-12-31')) as until
    from numbered group by account_id, spell),
stays as (
    select account_id, until, case when until > date '{AS_OF}' then 100000 else 0 end
        + datediff('day', started_on, least(until, date '{AS_OF}')) as stayed
    from spells qualify row_number() over (partition by account_id order by started_on desc) = 1),
prices as (
    select account_id, round(sum(mrr), 2) as mrr from paid where ended_on is null group by account_id),
customers as (
    select s.account_id, s.stayed, case when s.until > date '{AS_OF}' then p.mrr else 0.0 end as mrr
    from stays s join gtm.accounts a using (account_id) left join prices p using (account_id)
    where s.until > date '{AS_OF}' - interval 24 month and (a.created_on <= date '{AS_OF}' or a.created_on is null)),
ranked as (
    select account_id, mrr,
        rank() over (order by stayed) - 1 + (count(*) over (partition by stayed) - 1) / 2 as below_stay,
        rank() over (order by mrr) - 1 + (count(*) over (partition by mrr) - 1) / 2 as below_price,
        count(*) over () as customers
    from customers),
placed as (
    select mrr, customers, row_number() over (order by mrr desc, account_id) as by_price,
        row_number() over (
            order by round((below_stay + below_price) / (2 * (customers - 1)), 9) desc, account_id) as place
    from ranked),
both_ways as (
    select 'score' as "order", place, customers, mrr from placed
    union all select 'mrr', by_price, customers, mrr from placed)
select "order", cast(ceil(100 * place / customers) as bigint) as percent, count(*) as n, round(sum(mrr), 2) as mrr
from both_ways group by all"""


def against_hand(place: Place, rows: int, repeats: int, report: Report) -> None:
    """Alternatives by industry, and how value is concentrated by score and by price, beside one statement each."""
    report.open("pages", Part(
        f"What Best-fit customers and Alternatives count beside SQL by hand, {millions(rows)} touches",
        f"1 million accounts, all history. Median seconds (least to most of {repeats} repetitions, in turn, on one "
        "connection). The numbers are the same, or the run stops.",
        ("", "GTM Metrics", "SQL by hand", "ratio")))
    asking = Asking.of(place, "close_rate", None)
    asked = (asking.warehouse, asking.company, Question(AS_OF, ("industry",), weeks=None))
    made = value.recipe(*asked)

    def by_hand(text: str) -> Callable[[], pd.DataFrame]:
        def run() -> pd.DataFrame:
            with asking._connection() as connection:
                return connection.execute(text).df()  # type: ignore[no-any-return]

        return run

    for what, ours, text, keys in (
            ("won, lost and no decision against each alternative", lambda: measures.against(*asked).frame,
             ALTERNATIVES, ["segment", "competitor", "outcome"]),
            ("customers scored and placed, a hundredth at a time", lambda: value.concentration(*asked, made),
             CUSTOMERS, ["order", "percent"])):
        hand = by_hand(text)
        _same(ours(), hand(), keys)
        mine, theirs = side_by_side(ours, hand, repeats)
        report.add(Line("pages", what, str(mine), str(theirs), mine.median / theirs.median, AT_MOST_BY_HAND))
    asking.warehouse.engine.dispose()


def _same(ours: pd.DataFrame, hand: pd.DataFrame, keys: list[str]) -> None:
    """Raises AssertionError where the two differ, or hold nothing."""
    frames = [frame.assign(**{key: frame[key].fillna("") for key in keys}).sort_values(keys, ignore_index=True)
              for frame in (ours, hand[list(ours.columns)])]
    assert_frame_equal(*frames, check_dtype=False)
    if frames[0].empty:
        raise AssertionError("there is nothing to compare")
