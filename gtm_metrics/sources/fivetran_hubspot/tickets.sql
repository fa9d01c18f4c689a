-- one row per ticket in HubSpot
-- reads: ticket | tickets (
--     ticket_id = id text,
--     is_deleted = is_deleted | archived boolean ?,
--     fivetran_deleted = _fivetran_deleted boolean ?,
--     merged_ids = property_hs_merged_object_ids | properties_hs_merged_object_ids | properties.hs_merged_object_ids
--         text ?,
--     opened_at = property_createdate | properties_createdate | property_hs_createdate | properties_hs_createdate |
--         properties.createdate | createdAt ?,
--     closed_at = property_closed_date | properties_closed_date | properties.closed_date ?,
--     company_id = property_hs_primary_company_id | properties_hs_primary_company_id | properties.hs_primary_company_id
--         text ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?,
--     deal_ids = deals text ?)
-- reads: tickets_archived ?(ticket_id = id text)
-- reads: ticket_company ?(ticket_id text, company_id text, type_id text ?)
-- reads: ticket_contact ?(ticket_id text, contact_id text)
-- reads: ticket_deal ?(ticket_id text, deal_id text)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     company_id = property_associatedcompanyid | properties_associatedcompanyid | properties.associatedcompanyid text
--         ?)
-- reads: our_opportunities ?(opportunity_id, account_id)
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
merged as (
    select distinct split_part(t.merged_ids, ';', p.place) as ticket_id
    from ticket as t
    join places as p on p.place <= 1 + length(t.merged_ids) - length(replace(t.merged_ids, ';', ''))
    where split_part(t.merged_ids, ';', p.place) <> t.ticket_id
),
-- what a connector keeps as a list, "[1, 2]", as rows
lists as (
    select ticket_id, 'company' as kind, translate(company_ids, '[]{}" ', '') as ids
    from ticket
    where company_ids is not null
    union all
    select ticket_id, 'contact', translate(contact_ids, '[]{}" ', '')
    from ticket
    where contact_ids is not null
    union all
    select ticket_id, 'deal', translate(deal_ids, '[]{}" ', '')
    from ticket
    where deal_ids is not null
),
listed as (
    select l.ticket_id, l.kind, split_part(l.ids, ',', p.place) as id
    from lists as l
    join places as p on p.place <= 1 + length(l.ids) - length(replace(l.ids, ',', ''))
    where l.ids <> ''
),
-- type 26 is the primary company; then any company, that of its deal, that of its contact
named as (
    select ticket_id, company_id, case when type_id = '26' then 1 else 2 end as place from ticket_company
    union all
    select ticket_id, company_id, 1 from ticket
    union all
    select ticket_id, id, 2 from listed where kind = 'company'
    union all
    select d.ticket_id, o.account_id, 3
    from (
        select ticket_id, deal_id from ticket_deal
        union
        select ticket_id, id from listed where kind = 'deal'
    ) as d
    join our_opportunities as o on o.opportunity_id = d.deal_id
    union all
    select n.ticket_id, c.company_id, 4
    from (
        select ticket_id, contact_id from ticket_contact
        union
        select ticket_id, id from listed where kind = 'contact'
    ) as n
    join contact as c on c.contact_id = n.contact_id
),
ticket_accounts as (
    select ticket_id, company_id
    from (
        select
            ticket_id,
            company_id,
            row_number() over (partition by ticket_id order by place, length(company_id), company_id) as nth
        from named
        where company_id is not null
    ) as ranked
    where nth = 1
)
select
    t.ticket_id,
    a.company_id as account_id,
    t.opened_at,
    t.closed_at,
    case
        when coalesce(t.is_deleted, false) or coalesce(t.fivetran_deleted, false) or g.ticket_id is not null
            then 'deleted in HubSpot'
        when m.ticket_id is not null then 'merged into another ticket'
    end as set_aside
from ticket as t
left join ticket_accounts as a on a.ticket_id = t.ticket_id
left join merged as m on m.ticket_id = t.ticket_id
left join (select distinct ticket_id from tickets_archived) as g on g.ticket_id = t.ticket_id
