-- one row per case in Salesforce, deleted ones and older versions included
-- reads: cases | case (ticket_id = id text, account_id text ?, contact_id text ?, opened_at = created_date,
--     closed_at = closed_date ?, deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?,
--     active = _fivetran_active boolean ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, account_id text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
with
latest as (
    select ticket_id, max(modified) as modified
    from cases
    group by ticket_id
),
people as (
    select contact_id, account_id
    from (
        select
            contact_id,
            account_id,
            row_number() over (
                partition by contact_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from contact
    ) as versions
    where nth = 1
)
select
    t.ticket_id,
    coalesce(t.account_id, p.account_id) as account_id,
    t.opened_at,
    t.closed_at,
    case
        when not coalesce(t.active, true) or t.modified < l.modified then 'older version'
        when coalesce(t.deleted, false) or coalesce(t.removed, false) then 'deleted in Salesforce'
        when coalesce(t.account_id, p.account_id) is null then 'case without account'
    end as set_aside
from cases as t
left join latest as l on l.ticket_id = t.ticket_id
left join people as p on p.contact_id = t.contact_id
