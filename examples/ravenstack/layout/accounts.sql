-- one row per company that signed up
-- reads: ravenstack_accounts | ravenstack_accounts_MESSY_ONLY (account_id, account_name, signup_date, industry, country, referral_source, plan_tier, seats, is_trial)
select
    account_id,
    account_name as name,
    signup_date as created_on,
    referral_source as lead_source,
    industry,
    country,
    plan_tier,
    seats,
    is_trial
    -- no churn_flag: who left is no segment to compare leaving by
from ravenstack_accounts
