-- one row per marketing-qualified lead: a seller that could join the marketplace
-- reads: olist_marketing_qualified_leads_dataset(mql_id, landing_page_id, origin)
-- reads: olist_closed_deals_dataset(mql_id, seller_id, sr_id, business_segment ?, lead_type ?, lead_behaviour_profile ?, business_type ?)
-- reads: olist_sellers_dataset ?(seller_id, seller_state)
-- reads: seller_metrics ?(seller_id, tier ?, order_volume ?, gmv ?, avg_review_score ?, negative_review_rate ?, on_time_rate ?)
select
    l.mql_id as account_id,
    l.mql_id as name,
    -- no created_on: a lead is an opportunity from its first day, so "reached an opportunity" would say 100 %
    l.origin as origin,
    l.landing_page_id as landing_page,
    -- what follows is known of sellers that joined, and of nobody else
    d.sr_id as owner,
    d.business_segment,
    d.lead_type,
    d.lead_behaviour_profile,
    d.business_type,
    -- said in full, so that state and tier are seen to be learned by winning
    coalesce(s.seller_state, case when d.mql_id is not null then 'no order yet' end) as seller_state,
    case
        when m.seller_id is not null then coalesce(m.tier, 'no tier')
        when d.mql_id is not null then 'no order yet'
    end as seller_tier,
    m.order_volume as orders,
    m.gmv as merchandise_value,
    m.avg_review_score as review_score,
    m.negative_review_rate,
    m.on_time_rate
from olist_marketing_qualified_leads_dataset as l
left join olist_closed_deals_dataset as d on d.mql_id = l.mql_id
left join olist_sellers_dataset as s on s.seller_id = d.seller_id
left join seller_metrics as m on m.seller_id = d.seller_id
