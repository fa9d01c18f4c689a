-- one row per sales opportunity
-- reads: opportunities(opportunity_id, account_id, created_at, type ?, closed_at ?, outcome ?, win_reason ?, loss_reason ?, competitor ?, understood_at ?, advanced_at ?, amount ?, list_amount ?, currency ?, champion_title ?, champion_named_at ?, people_involved ?, custom_work_budget ?, lead_source ?, owner_id ?, owner ?)
select
    opportunity_id,
    account_id,
    created_at,
    type,
    closed_at,
    outcome,
    win_reason,
    loss_reason,
    competitor,
    understood_at,
    advanced_at,
    amount,
    list_amount,
    currency,
    champion_title,
    champion_named_at,
    people_involved,
    custom_work_budget,
    lead_source,
    owner_id,
    owner
from opportunities
