-- one row per lead: it is an opportunity from its first contact, won on the day its deal closed
-- reads: olist_marketing_qualified_leads_dataset(mql_id, first_contact_date, origin)
-- reads: olist_closed_deals_dataset(mql_id, won_date)
select
    l.mql_id as opportunity_id,
    l.mql_id as account_id,
    l.first_contact_date as created_at,
    d.won_date as closed_at,
    case when d.won_date is not null then 'won' end as outcome,
    l.origin as lead_source
    -- no owner_id: who sells is known of won leads alone, and by it every deal would be won
from olist_marketing_qualified_leads_dataset as l
left join olist_closed_deals_dataset as d on d.mql_id = l.mql_id
