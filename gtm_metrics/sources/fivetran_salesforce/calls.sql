-- one row per event in Salesforce's calendar, and one per call logged on a deal
-- reads: event +(call_id = id text, account_id text ?, who_id text ?, what_id text ?,
--     held_at = start_date_time | activity_date_time | activity_date instant ?,
--     minutes = duration_in_minutes number ?, type words ?, subject words ?,
--     status = meeting_outcome_c | meeting_status_c | event_status_c | outcome_c words ?,
--     no_show = no_show_c boolean ?, is_child boolean ?, is_recurrence boolean ?,
--     all_day = is_all_day_event boolean ?, understood = value_understood_c | understood_c boolean ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: task +(call_id = id text, account_id text ?, who_id text ?, what_id text ?, subtype = task_subtype text ?,
--     type text ?, completed_at = completed_date_time instant ?, activity_date instant ?,
--     created_at = created_date instant ?, seconds = call_duration_in_seconds number ?,
--     disposition = call_disposition | call_disposition_c words ?, subject words ?, is_closed boolean ?,
--     is_recurrence boolean ?, understood = value_understood_c | understood_c boolean ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, account_id text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: lead ?(lead_id = id text, account_id = converted_account_id text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: our_accounts(account_id)
-- reads: our_opportunities ?(opportunity_id, account_id)
-- reads: words(list, plain)
with
held as (
    select
        call_id,
        account_id,
        who_id,
        what_id,
        held_at,
        minutes,
        understood,
        coalesce(type, ' ') || coalesce(subject, ' ') || coalesce(status, ' ') as said,
        modified,
        case
            when not coalesce(active, true) then 'older version'
            when coalesce(deleted, false) or coalesce(removed, false) then 'deleted in Salesforce'
            when is_child then 'child of a group event'
            when is_recurrence then 'pattern of a series'
            when all_day then 'all-day event'
            when no_show then 'not held'
        end as set_aside
    from event
    union all
    select
        t.call_id,
        t.account_id,
        t.who_id,
        t.what_id,
        coalesce(t.completed_at, t.activity_date, t.created_at),
        t.seconds / 60,
        t.understood,
        coalesce(t.disposition, ' ') || coalesce(t.subject, ' '),
        t.modified,
        case
            when not coalesce(t.active, true) then 'older version'
            when coalesce(t.deleted, false) or coalesce(t.removed, false) then 'deleted in Salesforce'
            when t.is_recurrence then 'pattern of a series'
            when not coalesce(t.is_closed, true) then 'call not done'
        end
    from task as t
    -- a call that is about no deal is outreach: it stands among the touches
    join our_opportunities as o on o.opportunity_id = t.what_id
    where lower(coalesce(t.subtype, '')) = 'call' or lower(coalesce(t.type, '')) = 'call'
),
latest as (
    select call_id, max(modified) as modified
    from held
    group by call_id
),
missed as (
    select distinct h.call_id
    from held as h
    join words as w on w.list = 'not_held' and position(w.plain in h.said) > 0
),
people as (
    select person_id, account_id
    from (
        select
            person_id,
            account_id,
            row_number() over (
                partition by person_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from (
            select contact_id as person_id, account_id, active, modified from contact
            union all
            select lead_id, account_id, active, modified from lead
        ) as everyone
    ) as versions
    where nth = 1
),
named as (
    select
        h.call_id,
        h.held_at,
        h.minutes,
        h.understood,
        o.opportunity_id,
        coalesce(h.account_id, o.account_id, a.account_id, p.account_id) as account_id,
        case
            when h.modified < l.modified then 'older version'
            when h.set_aside is not null then h.set_aside
            when m.call_id is not null then 'not held'
        end as set_aside
    from held as h
    left join latest as l on l.call_id = h.call_id
    left join missed as m on m.call_id = h.call_id
    left join our_opportunities as o on o.opportunity_id = h.what_id
    left join our_accounts as a on a.account_id = h.what_id
    left join people as p on p.person_id = h.who_id
)
select
    call_id,
    account_id,
    held_at,
    opportunity_id,
    minutes,
    understood,
    coalesce(set_aside, case when account_id is null then 'event without account' end) as set_aside
from named
