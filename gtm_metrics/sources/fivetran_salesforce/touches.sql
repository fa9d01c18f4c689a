-- one row per task in Salesforce, and one per member of a campaign
-- reads: task +(touch_id = id text, account_id text ?, who_id text ?, what_id text ?, subtype = task_subtype text ?,
--     type text ?, subject text ?, call_type text ?, completed_at = completed_date_time instant ?,
--     activity_date instant ?, created_at = created_date instant ?, is_closed boolean ?, is_recurrence boolean ?,
--     campaign = sequence_name_c | cadence_name_c | sales_loft_cadence_name_c |
--         sales_loft_1_sales_loft_cadence_name_c | outreach_sequence_name_c text ?, deleted = is_deleted boolean ?,
--     removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: email_message ?(message_id = id text, touch_id = activity_id text ?,
--     answers = reply_to_email_message_id text ?, thread_id = thread_identifier text ?, case_id = parent_id text ?,
--     is_incoming = incoming boolean ?, sent_at = message_date | created_date instant ?,
--     bounced = is_bounced boolean ?, deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?)
-- reads: campaign_member +(touch_id = id text, campaign_id text ?, contact_id text ?, lead_id text ?, status words ?,
--     has_responded boolean ?, responded_at = first_responded_date instant ?, created_at = created_date instant ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: campaign ?(campaign_id = id text, name text ?, type text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, account_id text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: lead ?(lead_id = id text, account_id = converted_account_id text ?, host = email host ?,
--     active = _fivetran_active boolean ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: our_accounts(account_id)
-- reads: our_hosts(account_id, host)
-- reads: our_opportunities ?(opportunity_id, account_id)
with
-- a domain that several accounts share says nothing
domains as (
    select host, min(account_id) as account_id
    from our_hosts
    group by host
    having count(*) = 1
),
leads as (
    select
        l.lead_id,
        coalesce(l.account_id, d.account_id) as account_id,
        l.active,
        l.modified
    from lead as l
    left join domains as d on d.host = l.host
),
people as (
    select person_id, account_id, kind
    from (
        select
            person_id,
            account_id,
            kind,
            row_number() over (
                partition by person_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from (
            select contact_id as person_id, account_id, 'contact' as kind, active, modified from contact
            union all
            select lead_id, account_id, 'lead', active, modified from leads
        ) as everyone
    ) as versions
    where nth = 1
),
latest as (
    select touch_id, max(modified) as modified
    from (
        select touch_id, modified from task
        union all
        select touch_id, modified from campaign_member
    ) as versions
    group by touch_id
),
messages as (
    select message_id, touch_id, answers, thread_id, case_id, is_incoming, sent_at, bounced
    from email_message
    where not coalesce(deleted, false) and not coalesce(removed, false)
),
-- an answer belongs to the e-mail that it names, else to the latest sent before it in its thread
replies as (
    select answer_id, answer_task, answered_at, touch_id
    from (
        select
            i.message_id as answer_id,
            i.touch_id as answer_task,
            i.sent_at as answered_at,
            e.touch_id,
            row_number() over (
                partition by i.message_id
                order by case when e.message_id = i.answers then 1 else 2 end, e.sent_at desc, e.message_id
            ) as nth
        from messages as i
        join (
            select m.message_id as incoming_id, e.message_id, e.touch_id, e.sent_at
            from messages as m
            join messages as e on e.message_id = m.answers
            union
            select m.message_id, e.message_id, e.touch_id, e.sent_at
            from messages as m
            join messages as e on e.thread_id = m.thread_id
        ) as e on e.incoming_id = i.message_id
        join messages as x on x.message_id = e.message_id
        where i.is_incoming and not coalesce(x.is_incoming, false) and e.sent_at <= i.sent_at
    ) as ranked
    where nth = 1
),
answered as (
    select touch_id, min(answered_at) as replied_at
    from replies
    group by touch_id
),
answers as (
    select distinct answer_task as touch_id
    from replies
    where answer_task is not null
),
mail as (
    select
        touch_id,
        max(case when is_incoming then 1 else 0 end) as incoming,
        max(case when bounced then 1 else 0 end) as bounced,
        max(case when case_id is not null then 1 else 0 end) as support
    from messages
    where touch_id is not null
    group by touch_id
),
tasks as (
    select
        t.touch_id,
        t.account_id,
        t.who_id,
        t.what_id,
        coalesce(t.completed_at, t.activity_date, t.created_at) as sent_at,
        t.subject,
        t.call_type,
        t.campaign,
        t.is_closed,
        t.is_recurrence,
        t.modified,
        coalesce(t.active, true) as active,
        coalesce(t.deleted, false) or coalesce(t.removed, false) as gone,
        case
            when lower(t.subtype) in ('email', 'listemail', 'list email', 'cadence') then 'email'
            when lower(t.subtype) = 'call' then 'call'
            when lower(t.subtype) = 'linkedin' then 'linkedin'
            when lower(t.type) in ('email', 'e-mail') then 'email'
            when lower(t.type) in ('call', 'linkedin') then lower(t.type)
            when lower(t.subject) like 'email:%' or lower(t.subject) like '%[email]%' then 'email'
            when lower(t.subject) like 'call:%' or lower(t.subject) like '%[call]%' then 'call'
        end as channel
    from task as t
),
campaigns as (
    select campaign_id, name, type
    from (
        select
            campaign_id,
            name,
            type,
            row_number() over (
                partition by campaign_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from campaign
    ) as versions
    where nth = 1
)
select
    t.touch_id,
    coalesce(t.account_id, o.account_id, a.account_id, p.account_id) as account_id,
    t.sent_at,
    t.channel,
    case
        when m.incoming = 1 or lower(t.call_type) = 'inbound' or lower(t.subject) like '%[in]%' then 'inbound'
        else 'outbound'
    end as direction,
    t.campaign,
    r.replied_at,
    case
        when not t.active or t.modified < l.modified then 'older version'
        when t.gone then 'deleted in Salesforce'
        when t.is_recurrence then 'pattern of a series'
        when t.channel is null then 'task of another kind'
        when not coalesce(t.is_closed, true) then 'not done'
        when m.support = 1 then 'support e-mail'
        when m.bounced = 1 then 'bounced'
        when t.channel = 'call' and o.opportunity_id is not null then 'call on a deal, told among the calls'
        when w.touch_id is not null then 'an answer, told with what it answers'
        when coalesce(t.account_id, o.account_id, a.account_id, p.account_id) is not null then null
        when p.kind = 'lead' then 'lead without account'
        else 'task without account'
    end as set_aside
from tasks as t
left join latest as l on l.touch_id = t.touch_id
left join mail as m on m.touch_id = t.touch_id
left join answered as r on r.touch_id = t.touch_id
left join answers as w on w.touch_id = t.touch_id
left join our_opportunities as o on o.opportunity_id = t.what_id
left join our_accounts as a on a.account_id = t.what_id
left join people as p on p.person_id = t.who_id
union all
select
    t.touch_id,
    p.account_id,
    t.created_at,
    coalesce(lower(c.type), 'campaign'),
    -- who answered on the day they were added came by themselves: a form, a booth, a webinar
    case
        when cast(t.responded_at as date) <= cast(t.created_at as date) then 'inbound'
        else 'outbound'
    end,
    c.name,
    case
        when coalesce(t.has_responded, true) and cast(t.responded_at as date) > cast(t.created_at as date)
            then t.responded_at
    end,
    case
        when not coalesce(t.active, true) or t.modified < l.modified then 'older version'
        when coalesce(t.deleted, false) or coalesce(t.removed, false) then 'deleted in Salesforce'
        when t.status in (' planned ', ' not sent ', ' to be sent ', ' to be contacted ') then 'not sent'
        when t.status in (' bounced ', ' email bounced ', ' hard bounced ') then 'bounced'
        when t.has_responded and t.responded_at is null then 'answered, nobody knows when'
        when p.account_id is not null then null
        when t.lead_id is not null and t.contact_id is null then 'lead without account'
        else 'contact without account'
    end
from campaign_member as t
left join latest as l on l.touch_id = t.touch_id
left join campaigns as c on c.campaign_id = t.campaign_id
left join people as p on p.person_id = coalesce(t.contact_id, t.lead_id)
