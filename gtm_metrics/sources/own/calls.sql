-- one row per sales call held
-- reads: calls(call_id, account_id, held_at, opportunity_id ?, minutes ?, understood ?)
select
    call_id,
    account_id,
    held_at,
    opportunity_id,
    minutes,
    understood
from calls
