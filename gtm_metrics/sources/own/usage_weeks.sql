-- one row per account and week of product use
-- reads: usage_weeks(account_id, week, active_users ?, seats ?)
select
    account_id,
    week,
    active_users,
    seats
from usage_weeks
