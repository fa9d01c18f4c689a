-- one row per count of what Stripe itself has no end for: neither ended nor, where canceled, a day of it
-- reads: subscription_history | subscription | subscriptions (status text, canceled_on = canceled_at date ?,
--     ended_on = ended_at date ?)
select count(*) as counted
from subscription_history
where coalesce(ended_on, case when lower(status) = 'canceled' then canceled_on end) is null
