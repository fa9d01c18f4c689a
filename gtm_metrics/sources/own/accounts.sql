-- one row per company we could sell to, customer or not
-- reads: accounts(account_id, name ?, created_on ?, domain ?, parent_account_id ?, lead_source ?, owner ?, contact ?, *)
select *
from accounts
