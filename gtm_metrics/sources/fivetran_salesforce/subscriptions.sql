-- one row per contract in Salesforce, deleted ones and older versions included
-- reads: contract(subscription_id = id text, account_id text ?, started_on = start_date date ?, end_date date ?,
--     status text ?, mrr = mrr_c | monthly_recurring_revenue_c number ?,
--     arr = arr_c | annual_recurring_revenue_c | annual_contract_value_c | acv_c number ?,
--     currency = currency_iso_code ?,
--     end_reason = churn_reason_c | cancellation_reason_c | termination_reason_c | non_renewal_reason_c ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
with
latest as (
    select subscription_id, max(modified) as modified
    from contract
    group by subscription_id
)
select
    c.subscription_id,
    c.account_id,
    c.started_on,
    -- Salesforce's last day is paid for
    c.end_date + 1 as ended_on,
    coalesce(c.mrr, c.arr / 12) as mrr,
    c.currency,
    c.end_reason,
    case
        when not coalesce(c.active, true) or c.modified < l.modified then 'older version'
        when coalesce(c.deleted, false) or coalesce(c.removed, false) then 'deleted in Salesforce'
        when lower(c.status) in ('draft', 'in approval process', 'inapproval') then 'contract not activated'
    end as set_aside
from contract as c
left join latest as l on l.subscription_id = c.subscription_id
