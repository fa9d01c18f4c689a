-- one row per account and week in which it used a feature, and one per use that cannot count
-- reads: ravenstack_feature_usage | ravenstack_feature_usage_MESSY_ONLY (usage_id, subscription_id, usage_date, usage_count)
-- reads: ravenstack_subscriptions | ravenstack_subscriptions_MESSY_ONLY (subscription_id, account_id)
-- reads: ravenstack_accounts | ravenstack_accounts_MESSY_ONLY (account_id, signup_date)
with uses as (
    select
        s.account_id,
        cast(date_trunc('week', cast(u.usage_date as timestamp)) as date) as week,
        case
            when s.subscription_id is null then 'subscription unknown'
            when cast(u.usage_count as double precision) < 0 then 'negative usage count'
            when cast(u.usage_count as double precision) = 0 then 'no use'
            when cast(u.usage_date as date) < cast(a.signup_date as date) then 'use before sign-up'
        end as set_aside
    from ravenstack_feature_usage as u
    left join ravenstack_subscriptions as s on s.subscription_id = u.subscription_id
    left join ravenstack_accounts as a on a.account_id = s.account_id
)
-- a use names its subscription and no person, so active_users and seats stay empty
select distinct account_id, week, set_aside
from uses
where set_aside is null
union all
select account_id, week, set_aside
from uses
where set_aside is not null
