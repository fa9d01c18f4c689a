-- one row per spell of an account at one price
-- reads: subscriptions(subscription_id, account_id, started_on, ended_on ?, mrr ?, currency ?, end_reason ?)
select
    subscription_id,
    account_id,
    started_on,
    ended_on,
    mrr,
    currency,
    end_reason
from subscriptions
