-- one row per support ticket
-- reads: ravenstack_support_tickets | ravenstack_support_tickets_MESSY_ONLY (ticket_id, account_id, submitted_at, closed_at)
select
    ticket_id,
    account_id,
    submitted_at as opened_at,
    closed_at
from ravenstack_support_tickets
