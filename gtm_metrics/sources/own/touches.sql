-- one row per outreach delivered to an account
-- reads: touches(touch_id, account_id, sent_at, channel ?, direction ?, campaign ?, replied_at ?)
select
    touch_id,
    account_id,
    sent_at,
    channel,
    direction,
    campaign,
    replied_at
from touches
