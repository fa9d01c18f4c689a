-- one row per e-mail in HubSpot: sent to a company, or received
-- reads: engagement_email | engagements_emails +(
--     email_id = engagement_id | id text,
--     removed = _fivetran_deleted | archived boolean ?,
--     sent_at = property_hs_timestamp | properties_hs_timestamp | properties.hs_timestamp instant ?,
--     direction = property_hs_email_direction | properties_hs_email_direction | properties.hs_email_direction text ?,
--     status = property_hs_email_status | properties_hs_email_status | status | properties.hs_email_status text ?,
--     subject = property_hs_email_subject | properties_hs_email_subject | subject | properties.hs_email_subject text ?,
--     thread_id = property_hs_email_thread_id | properties_hs_email_thread_id | thread_id |
--         properties.hs_email_thread_id text ?,
--     campaign = property_hs_sequence_id | properties_hs_sequence_id | properties.hs_sequence_id text ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?,
--     deal_ids = deals text ?)
-- reads: engagement ?(engagement_id = id text, kind = type text ?, active boolean ?, happened_at = timestamp instant ?)
-- reads: engagements_emails_archived ?(email_id = id text)
-- reads: engagement_company ?(engagement_id text, company_id text)
-- reads: engagement_contact ?(engagement_id text, contact_id text)
-- reads: engagement_deal ?(engagement_id text, deal_id text)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     company_id = property_associatedcompanyid | properties_associatedcompanyid | properties.associatedcompanyid text
--         ?,
--     address = property_email | properties_email | properties.email text ?)
-- reads: deal | deals ?(
--     deal_id = deal_id | id text,
--     company_id = property_hs_primary_associated_company | properties_hs_primary_associated_company |
--         properties.hs_primary_associated_company text ?,
--     company_ids = companies text ?)
-- reads: deal_company ?(deal_id text, company_id text, type_id text ?)
-- reads: email_event | email_events +(
--     event_id = id text,
--     happened_at = created instant,
--     kind = type text,
--     address = recipient text,
--     sent_id = sent_by_id | sentBy.id text ?,
--     campaign_id = email_campaign_id | emailCampaignId text ?)
-- reads: email_campaign | campaigns ?(campaign_id = id text, campaign = name text ?)
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
emails as (
    select
        e.email_id,
        coalesce(e.sent_at, g.happened_at) as sent_at,
        -- connectors of old keep the instant, and the direction as the type, with the engagement
        upper(coalesce(e.direction, case when g.happened_at is not null then g.kind end)) as direction,
        upper(e.status) as status,
        lower(e.subject) as subject,
        e.thread_id,
        e.campaign,
        e.company_ids,
        e.contact_ids,
        e.deal_ids,
        coalesce(e.removed, false) or not coalesce(g.active, true) or a.email_id is not null as removed
    from engagement_email as e
    left join engagement as g on g.engagement_id = e.email_id
    left join (select distinct email_id from engagements_emails_archived) as a on a.email_id = e.email_id
),
-- what a connector keeps as a list, "[1, 2]", as rows
lists as (
    select email_id, 'company' as kind, translate(company_ids, '[]{}" ', '') as ids
    from emails
    where company_ids is not null
    union all
    select email_id, 'contact', translate(contact_ids, '[]{}" ', '')
    from emails
    where contact_ids is not null
    union all
    select email_id, 'deal', translate(deal_ids, '[]{}" ', '')
    from emails
    where deal_ids is not null
),
listed as (
    select l.email_id, l.kind, split_part(l.ids, ',', p.place) as id
    from lists as l
    join places as p on p.place <= 1 + length(l.ids) - length(replace(l.ids, ',', ''))
    where l.ids <> ''
),
email_contacts as (
    select engagement_id as email_id, contact_id from engagement_contact
    union
    select email_id, id from listed where kind = 'contact'
),
email_deals as (
    select engagement_id as email_id, deal_id from engagement_deal
    union
    select email_id, id from listed where kind = 'deal'
),
deal_companies as (
    select deal_id, company_id, case when type_id = '5' then 1 else 2 end as place from deal_company
    union all
    select deal_id, company_id, 1 from deal where company_id is not null
    union all
    select d.deal_id, split_part(translate(d.company_ids, '[]{}" ', ''), ',', 1), 3
    from deal as d
    where d.company_ids is not null
),
deal_owners as (
    select deal_id, company_id
    from (
        select
            deal_id,
            company_id,
            row_number() over (partition by deal_id order by place, length(company_id), company_id) as nth
        from deal_companies
        where company_id <> ''
    ) as ranked
    where nth = 1
),
-- its own company weighs most, then that of its deal, then that of its contact
named as (
    select engagement_id as email_id, company_id, 4 as weight from engagement_company
    union
    select email_id, id, 4 from listed where kind = 'company'
    union
    select ed.email_id, o.company_id, 2 from email_deals as ed join deal_owners as o on o.deal_id = ed.deal_id
    union
    select ec.email_id, c.company_id, 1 from email_contacts as ec join contact as c on c.contact_id = ec.contact_id
),
email_accounts as (
    select email_id, company_id
    from (
        select
            email_id,
            company_id,
            row_number() over (
                partition by email_id order by sum(weight) desc, length(company_id), company_id
            ) as nth
        from named
        where company_id is not null
        group by email_id, company_id
    ) as ranked
    where nth = 1
),
marked as (
    select
        e.email_id,
        e.sent_at,
        e.direction,
        e.thread_id,
        e.campaign,
        case
            when e.removed then 'deleted in HubSpot'
            when e.direction is null then 'e-mail without a direction'
            when e.direction = 'FORWARDED_EMAIL' then 'forwarded to HubSpot'
            when e.direction not in ('EMAIL', 'INCOMING_EMAIL') then 'e-mail of another direction'
            when e.direction = 'EMAIL' and e.status in ('BOUNCED', 'FAILED', 'SCHEDULED', 'SENDING')
                then 'not delivered'
            when
                e.direction = 'INCOMING_EMAIL'
                and (
                    e.subject like 'automatic reply%'
                    or e.subject like 'auto-reply%'
                    or e.subject like 'autoreply%'
                    or e.subject like 'auto:%'
                    or e.subject like '%out of office%'
                    or e.subject like '%out of the office%'
                    or e.subject like 'automatische antwort%'
                    or e.subject like 'abwesenheit%'
                    or e.subject like 'réponse automatique%'
                    or e.subject like 'respuesta automática%'
                    or e.subject like 'risposta automatica%'
                    or e.subject like 'undeliver%'
                    or e.subject like 'unzustellbar%'
                    or e.subject like 'mail delivery%'
                    or e.subject like 'delivery status notification%'
                    or e.subject like 'returned mail%'
                )
                then 'automatic reply or bounce'
        end as set_aside
    from emails as e
),
sent as (
    select email_id, sent_at, direction, thread_id
    from marked
    where set_aside is null and sent_at is not null
),
-- an answer belongs to the latest e-mail sent before it in its thread ...
in_threads as (
    select
        email_id,
        thread_id,
        sent_at,
        direction,
        sum(case when direction = 'EMAIL' then 1 else 0 end) over (
            partition by thread_id order by sent_at, direction, email_id rows unbounded preceding
        ) as sent_before
    from sent
    where thread_id is not null
),
by_thread as (
    select a.email_id as answer_id, a.sent_at as answered_at, e.email_id, e.sent_at
    from in_threads as a
    join in_threads as e
        on e.thread_id = a.thread_id and e.sent_before = a.sent_before and e.direction = 'EMAIL'
    where a.direction = 'INCOMING_EMAIL'
),
-- ... else to the latest sent to one of its contacts within 90 days, as long as a sequence may pause
with_contacts as (
    select
        s.email_id,
        c.contact_id,
        s.sent_at,
        s.direction,
        sum(case when s.direction = 'EMAIL' then 1 else 0 end) over (
            partition by c.contact_id order by s.sent_at, s.direction, s.email_id rows unbounded preceding
        ) as sent_before
    from sent as s
    join email_contacts as c on c.email_id = s.email_id
),
by_contact as (
    select answer_id, answered_at, email_id, sent_at
    from (
        select
            a.email_id as answer_id,
            a.sent_at as answered_at,
            e.email_id,
            e.sent_at,
            row_number() over (partition by a.email_id order by e.sent_at desc, e.email_id) as nth
        from with_contacts as a
        join with_contacts as e
            on e.contact_id = a.contact_id and e.sent_before = a.sent_before and e.direction = 'EMAIL'
        where
            a.direction = 'INCOMING_EMAIL'
            and a.sent_at <= e.sent_at + interval '90 days'
            and a.email_id not in (select answer_id from by_thread)
    ) as ranked
    where nth = 1
),
answers as (
    select answer_id, answered_at, email_id from by_thread
    union all
    select answer_id, answered_at, email_id from by_contact
),
answered as (
    select email_id, min(answered_at) as replied_at
    from answers
    group by email_id
),
-- marketing e-mail, by the contact that bears its address
addresses as (
    select address, company_id
    from (
        select
            lower(address) as address,
            company_id,
            row_number() over (partition by lower(address) order by length(contact_id), contact_id) as nth
        from contact
        where address is not null
    ) as ranked
    where nth = 1
),
events as (
    select event_id, happened_at, upper(kind) as kind, lower(address) as address, sent_id, campaign_id
    from email_event
    where upper(kind) in ('DELIVERED', 'REPLY')
),
event_answers as (
    select sent_id, min(happened_at) as replied_at
    from events
    where kind = 'REPLY' and sent_id is not null
    group by sent_id
),
one_to_one as (
    select count(*) as emails
    from marked
)
select
    m.email_id as touch_id,
    a.company_id as account_id,
    m.sent_at,
    'email' as channel,
    case m.direction when 'EMAIL' then 'outbound' when 'INCOMING_EMAIL' then 'inbound' end as direction,
    m.campaign,
    r.replied_at,
    coalesce(
        m.set_aside, case when w.answer_id is not null then 'an answer, told with what it answers' end
    ) as set_aside
from marked as m
left join email_accounts as a on a.email_id = m.email_id
left join answered as r on r.email_id = m.email_id
left join (select distinct answer_id from answers) as w on w.answer_id = m.email_id
union all
select
    v.event_id,
    c.company_id,
    v.happened_at,
    'marketing email',
    'outbound',
    coalesce(k.campaign, v.campaign_id),
    r.replied_at,
    -- a newsletter a month to everybody would leave each company one sequence in its life
    case when o.emails > 0 then 'marketing e-mail beside one-to-one e-mail' end
from events as v
cross join one_to_one as o
left join addresses as c on c.address = v.address
left join event_answers as r on r.sent_id = v.sent_id
left join email_campaign as k on k.campaign_id = v.campaign_id
where v.kind = 'DELIVERED'
