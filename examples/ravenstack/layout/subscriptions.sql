-- one row per subscription: an account holds several at a time
-- reads: ravenstack_subscriptions | ravenstack_subscriptions_MESSY_ONLY (subscription_id, account_id, start_date, end_date, mrr_amount, is_trial)
select
    subscription_id,
    account_id,
    start_date as started_on,
    end_date as ended_on,
    mrr_amount as mrr,
    -- a trial is free whether or not its revenue of 0 is recorded
    case when lower(cast(is_trial as varchar)) = 'true' then 'free' end as set_aside
from ravenstack_subscriptions
