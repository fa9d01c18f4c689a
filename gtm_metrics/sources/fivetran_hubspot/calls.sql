-- one row per meeting or call in HubSpot
-- reads: engagement_meeting | engagements_meetings +(
--     call_id = engagement_id | id text,
--     removed = _fivetran_deleted | archived boolean ?,
--     starts_at = property_hs_meeting_start_time | properties_hs_meeting_start_time | start_time |
--         properties.hs_meeting_start_time instant ?,
--     logged_at = property_hs_timestamp | properties_hs_timestamp | properties.hs_timestamp instant ?,
--     ends_at = property_hs_meeting_end_time | properties_hs_meeting_end_time | end_time |
--         properties.hs_meeting_end_time instant ?,
--     outcome = property_hs_meeting_outcome | properties_hs_meeting_outcome | meeting_outcome |
--         properties.hs_meeting_outcome words ?,
--     understood = property_value_understood | properties_value_understood | property_understood |
--         properties_understood | properties.value_understood boolean ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?,
--     deal_ids = deals text ?)
-- reads: engagement_call | engagements_calls +(
--     call_id = engagement_id | id text,
--     removed = _fivetran_deleted | archived boolean ?,
--     logged_at = property_hs_timestamp | properties_hs_timestamp | properties.hs_timestamp instant ?,
--     milliseconds = property_hs_call_duration | properties_hs_call_duration | duration_milliseconds |
--         properties.hs_call_duration number ?,
--     outcome = property_hs_call_disposition | properties_hs_call_disposition | disposition |
--         properties.hs_call_disposition words ?,
--     understood = property_value_understood | properties_value_understood | property_understood |
--         properties_understood | properties.value_understood boolean ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?,
--     deal_ids = deals text ?)
-- reads: engagement ?(engagement_id = id text, active boolean ?, happened_at = timestamp instant ?)
-- reads: engagements_meetings_archived ?(call_id = id text)
-- reads: engagements_calls_archived ?(call_id = id text)
-- reads: engagement_company ?(engagement_id text, company_id text)
-- reads: engagement_contact ?(engagement_id text, contact_id text)
-- reads: engagement_deal ?(engagement_id text, deal_id text)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     company_id = property_associatedcompanyid | properties_associatedcompanyid | properties.associatedcompanyid text
--         ?)
-- reads: our_opportunities ?(opportunity_id, account_id)
-- reads: words(list, plain)
with
digits as (
    select 0 as digit union all select 1 union all select 2 union all select 3 union all select 4
    union all select 5 union all select 6 union all select 7 union all select 8 union all select 9
),
places as (
    select tens.digit * 10 + units.digit + 1 as place
    from digits as tens
    cross join digits as units
),
talks as (
    select
        call_id,
        'meeting' as kind,
        coalesce(starts_at, logged_at) as held_at,
        (extract(epoch from ends_at) - extract(epoch from starts_at)) / 60.0 as minutes,
        outcome,
        understood,
        removed,
        company_ids,
        contact_ids,
        deal_ids
    from engagement_meeting
    union all
    select
        call_id,
        'call',
        logged_at,
        milliseconds / 60000.0,
        outcome,
        understood,
        removed,
        company_ids,
        contact_ids,
        deal_ids
    from engagement_call
),
-- what a connector keeps as a list, "[1, 2]", as rows
lists as (
    select call_id, 'company' as kind, translate(company_ids, '[]{}" ', '') as ids
    from talks
    where company_ids is not null
    union all
    select call_id, 'contact', translate(contact_ids, '[]{}" ', '')
    from talks
    where contact_ids is not null
    union all
    select call_id, 'deal', translate(deal_ids, '[]{}" ', '')
    from talks
    where deal_ids is not null
),
listed as (
    select l.call_id, l.kind, split_part(l.ids, ',', p.place) as id
    from lists as l
    join places as p on p.place <= 1 + length(l.ids) - length(replace(l.ids, ',', ''))
    where l.ids <> ''
),
call_contacts as (
    select engagement_id as call_id, contact_id from engagement_contact
    union
    select call_id, id from listed where kind = 'contact'
),
-- a call about several deals names none, and is told by the day
call_deals as (
    select d.call_id, min(o.opportunity_id) as opportunity_id, min(o.account_id) as account_id
    from (
        select engagement_id as call_id, deal_id from engagement_deal
        union
        select call_id, id from listed where kind = 'deal'
    ) as d
    join our_opportunities as o on o.opportunity_id = d.deal_id
    group by d.call_id
    having count(*) = 1
),
-- the company that is named weighs most, then that of the contact
named as (
    select engagement_id as call_id, company_id, 2 as weight from engagement_company
    union
    select call_id, id, 2 from listed where kind = 'company'
    union
    select n.call_id, c.company_id, 1 from call_contacts as n join contact as c on c.contact_id = n.contact_id
),
call_accounts as (
    select call_id, company_id
    from (
        select
            call_id,
            company_id,
            row_number() over (
                partition by call_id order by sum(weight) desc, length(company_id), company_id
            ) as nth
        from named
        where company_id is not null
        group by call_id, company_id
    ) as ranked
    where nth = 1
),
held as (
    select distinct plain as outcome from words where list = 'held_outcomes'
),
archived as (
    select call_id from engagements_meetings_archived
    union
    select call_id from engagements_calls_archived
)
select
    t.call_id,
    coalesce(d.account_id, a.company_id) as account_id,
    -- connectors of old keep the instant with the engagement
    coalesce(t.held_at, e.happened_at) as held_at,
    d.opportunity_id,
    t.minutes,
    t.understood,
    case
        when coalesce(t.removed, false) or not coalesce(e.active, true) or g.call_id is not null
            then 'deleted in HubSpot'
        when t.outcome is null then t.kind || ' without an outcome'
        when h.outcome is null and t.kind = 'meeting' then 'meeting not held'
        when h.outcome is null then 'call that reached nobody'
    end as set_aside
from talks as t
left join engagement as e on e.engagement_id = t.call_id
left join call_deals as d on d.call_id = t.call_id
left join call_accounts as a on a.call_id = t.call_id
left join held as h on h.outcome = t.outcome
left join archived as g on g.call_id = t.call_id
