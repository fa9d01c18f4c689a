-- one row per support ticket
-- reads: tickets(ticket_id, account_id, opened_at, closed_at ?)
select
    ticket_id,
    account_id,
    opened_at,
    closed_at
from tickets
