"""The same numbers as an analyst who knows DuckDB would write them by hand: one statement a metric, no product in it.

Each takes `since` (a Monday, or None for all history) and yields segment | week | band | [age |] trials | successes.
"""

from __future__ import annotations

from datetime import date, timedelta

START, END = date(1, 1, 1), date(9999, 12, 31)

ACCOUNTS = """accounts as (
    select account_id, coalesce(industry, '(not set)') as segment from gtm.accounts
    where created_on <= date '{as_of}' or created_on is null)"""

RESPONSE = """
with {accounts},
outbound as (
    select account_id, sent_at, cast(sent_at as date) as sent_on, replied_at from gtm.touches
    where (direction = 'outbound' or direction is null) and sent_at < timestamp '{tomorrow}'),
sent as (
    select account_id, sent_at, sent_on,
        lag(sent_on) over (partition by account_id order by sent_at) as before_on
    from outbound where sent_on >= date '{quarter_before}'),
starts as (
    select s.account_id, s.sent_at, s.sent_on from sent s
    where (before_on is null or sent_on - before_on > 90) and sent_on >= date '{since}'
        and not exists (
            select 1 from gtm.subscriptions p
            where p.account_id = s.account_id and p.started_on <= s.sent_on
                and (p.ended_on is null or p.ended_on > date '{as_of}' or p.ended_on > s.sent_on))),
answered as (
    select distinct s.account_id, s.sent_on from starts s join outbound r on r.account_id = s.account_id
    where r.replied_at >= s.sent_at and cast(r.replied_at as date) <= s.sent_on + 21
        and r.replied_at < timestamp '{tomorrow}')
select a.segment, cast(date_trunc('week', s.sent_on) as date) as week, '' as band,
    count(*) as trials, count(r.account_id) as successes
from starts s join accounts a using (account_id)
left join answered r on r.account_id = s.account_id and r.sent_on = s.sent_on
group by all"""

CALLS = """
with {accounts},
held as (
    select o.account_id, c.held_at, c.understood,
        row_number() over (partition by c.opportunity_id order by c.held_at, c.call_id) as number, c.opportunity_id
    from gtm.calls c join gtm.opportunities o using (opportunity_id)
    where (o.type = 'new' or o.type is null) and c.held_at < timestamp '{tomorrow}'
        and o.created_at < timestamp '{tomorrow}'),
numbered as (
    select *, min(case when understood then number end) over (partition by opportunity_id) as understood_call from held)
select a.segment, cast(date_trunc('week', held_at) as date) as week,
    case when number >= 4 then '4+' else cast(number as varchar) end as band, number as age,
    count(*) as trials, count(case when number = understood_call then 1 end) as successes
from numbered join accounts a using (account_id)
where understood is not null and (understood_call is null or number <= understood_call) and held_at >= date '{since}'
group by all"""

CLOSE = """
with {accounts}
select a.segment, cast(date_trunc('week', closed_at) as date) as week, '' as band,
    count(*) as trials, count(case when outcome = 'won' then 1 end) as successes
from gtm.opportunities o join accounts a using (account_id)
where (type = 'new' or type is null) and outcome is not null and created_at < timestamp '{tomorrow}'
    and closed_at >= date '{since}' and closed_at < timestamp '{tomorrow}'
group by all"""

COHORT = """
with {accounts},
deals as (
    select account_id, outcome, closed_at, advanced_at,
        least(cast(created_at as date), case when {closed_known} then cast(closed_at as date) end) as opened_on
    from gtm.opportunities
    where (type = 'new' or type is null) and created_at < timestamp '{tomorrow}')
select a.segment, cast(date_trunc('week', opened_on) as date) as week, '' as band,
    count(*) as trials, count(case when {success} then 1 end) as successes
from deals join accounts a using (account_id)
where opened_on >= date '{since}'
group by all"""

WON = "outcome = 'won' and {closed_known} and cast(closed_at as date) <= opened_on + {weeks} * 7"
PASSED = "advanced_at < timestamp '{tomorrow}' and cast(advanced_at as date) <= opened_on + 60"

REACHED = """
with {accounts},
first as (
    select account_id, min(least(cast(created_at as date),
        case when closed_at < timestamp '{tomorrow}' then cast(closed_at as date) end)) as opened_on
    from gtm.opportunities where created_at < timestamp '{tomorrow}' group by account_id)
select coalesce(industry, '(not set)') as segment, cast(date_trunc('week', created_on) as date) as week, '' as band,
    count(*) as trials, count(case when opened_on <= created_on + 30 then 1 end) as successes
from gtm.accounts left join first using (account_id)
where created_on between date '{since}' and date '{as_of}'
group by all"""

CHURN = """
with {accounts},
paid as (
    select account_id, subscription_id, started_on,
        case when ended_on <= date '{as_of}' then ended_on else date '9999-12-31' end as until
    from gtm.subscriptions where started_on <= date '{as_of}'),
flagged as (
    select *, max(until) over (partition by account_id order by started_on, subscription_id
        rows between unbounded preceding and 1 preceding) as reach from paid),
numbered as (
    select *, sum(case when reach is null or (reach < date '9999-12-31' and started_on - reach > 30) then 1 else 0 end)
        over (partition by account_id order by started_on, subscription_id rows unbounded preceding) as spell
    from flagged),
spells as (
    select account_id, min(started_on) as started_on, max(until) as until,
        cast(date_trunc('week', min(started_on)) as date) as first_week,
        case when max(until) < date '9999-12-31' then cast(date_trunc('week', max(until)) as date) end as left_week
    from numbered group by account_id, spell),
weekly as (
    select a.segment, w.week, s.left_week,
        date_diff('month', s.started_on, w.week + 6)
            - case when s.started_on + to_months(cast(date_diff('month', s.started_on, w.week + 6) as integer))
                        > w.week + 6 then 1 else 0 end as months
    from spells s join accounts a using (account_id)
    join (select cast(week as date) as week
          from generate_series(timestamp '{since_or_first}', timestamp '{last}', interval 7 day) as g(week)) w
        on w.week between s.first_week and coalesce(s.left_week, date '{last}'))
select segment, week,
    case when months < 4 then '0-3' when months < 12 then '4-11' when months % 12 = 0 then 'renewal' else 'other' end
        as band,
    count(*) as trials, count(case when week = left_week then 1 end) as successes
from weekly group by all"""


def statement(metric: str, as_of: date, since: date | None, first_day: date, weeks: int) -> str:
    """The statement for a metric: trials from the week `since` (None: all) through `as_of`.

    first_day  a day before every subscription: what a calendar of weeks begins with
    weeks      M of won_in_time
    """
    begin = since or START
    dates = {
        "as_of": as_of, "tomorrow": as_of + timedelta(days=1), "since": begin,
        "quarter_before": begin - timedelta(days=90) if since else begin,
        "since_or_first": since or first_day - timedelta(days=first_day.weekday()),
        "last": as_of - timedelta(days=as_of.weekday()), "weeks": weeks,
        "accounts": ACCOUNTS.format(as_of=as_of),
    }
    closed_known = "closed_at < timestamp '{tomorrow}'".format(**dates)
    success = {"won_in_time": WON, "advanced": PASSED}.get(metric, "").format(**dates, closed_known=closed_known)
    text = {
        "response_rate": RESPONSE, "calls_to_understanding": CALLS, "close_rate": CLOSE, "won_in_time": COHORT,
        "churn": CHURN, "reached_opportunity": REACHED, "advanced": COHORT,
    }[metric]
    return text.format(**dates, closed_known=closed_known, success=success)
