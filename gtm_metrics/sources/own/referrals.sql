-- one row per account that another account brought
-- reads: referrals(referrer_account_id, referred_account_id, referred_at)
select
    referrer_account_id,
    referred_account_id,
    referred_at
from referrals
