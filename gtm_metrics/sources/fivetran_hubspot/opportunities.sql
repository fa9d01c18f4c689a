-- one row per deal in HubSpot
-- reads: deal | deals (
--     deal_id = deal_id | id text,
--     is_deleted = is_deleted | archived boolean ?,
--     fivetran_deleted = _fivetran_deleted boolean ?,
--     merged_ids = property_hs_merged_object_ids | properties_hs_merged_object_ids | properties.hs_merged_object_ids
--         text ?,
--     pipeline_id = deal_pipeline_id | property_pipeline | properties_pipeline | properties.pipeline text ?,
--     stage_id = deal_pipeline_stage_id | property_dealstage | properties_dealstage | properties.dealstage text ?,
--     company_id = property_hs_primary_associated_company | properties_hs_primary_associated_company |
--         properties.hs_primary_associated_company text ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?,
--     line_item_ids = line_items text ?,
--     created_at = property_createdate | properties_createdate | property_hs_createdate | properties_hs_createdate |
--         properties.createdate | createdAt ?,
--     closed_at = property_closedate | properties_closedate | properties.closedate instant ?,
--     kind = property_dealtype | properties_dealtype | properties.dealtype words ?,
--     is_won = property_hs_is_closed_won | properties_hs_is_closed_won | properties.hs_is_closed_won boolean ?,
--     is_lost = property_hs_is_closed_lost | properties_hs_is_closed_lost | properties.hs_is_closed_lost boolean ?,
--     is_closed = property_hs_is_closed | properties_hs_is_closed | properties.hs_is_closed boolean ?,
--     amount = property_amount | properties_amount | properties.amount number ?,
--     currency = property_deal_currency_code | properties_deal_currency_code | properties.deal_currency_code text ?,
--     win_reason = property_closed_won_reason | properties_closed_won_reason | properties.closed_won_reason text ?,
--     loss_reason = property_closed_lost_reason | properties_closed_lost_reason | properties.closed_lost_reason text ?,
--     loss_words = loss_reason words ?,
--     competitor = property_competitor | properties_competitor | property_competitors | properties_competitors |
--         property_primary_competitor | properties_primary_competitor | property_main_competitor |
--         properties_main_competitor | property_lost_to_competitor | properties_lost_to_competitor | property_lost_to |
--         properties_lost_to | properties.competitor text ?,
--     understood_at instant ?,
--     advanced_at instant ?,
--     custom_work_budget = property_custom_work_budget | properties_custom_work_budget | properties.custom_work_budget
--         number ?,
--     source = property_lead_source | properties_lead_source | property_deal_source | properties_deal_source |
--         property_hs_analytics_source | properties_hs_analytics_source | properties.hs_analytics_source text ?,
--     owner_id = owner_id | property_hubspot_owner_id | properties_hubspot_owner_id | properties.hubspot_owner_id text
--         ?)
-- reads: deals_archived ?(deal_id = id text)
-- reads: merged_deal ?(merged_deal_id text)
-- reads: deal_company ?(deal_id text, company_id text, type_id text ?)
-- reads: deal_contact ?(deal_id text, contact_id text)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     title = property_jobtitle | properties_jobtitle | properties.jobtitle text ?,
--     buying_role = property_hs_buying_role | properties_hs_buying_role | properties.hs_buying_role words ?)
-- reads: contact_property_history | contacts_property_history ?(
--     contact_id = contact_id | vid text,
--     property = property | name text,
--     buying_role = value words,
--     since = timestamp instant)
-- reads: deal_pipeline | deal_pipelines ?(pipeline_id = pipeline_id | pipelineId text, label words ?)
-- reads: deal_pipeline_stage ?(
--     stage_id text,
--     label words ?,
--     probability number ?,
--     is_won = closed_won boolean ?,
--     is_closed boolean ?,
--     removed = _fivetran_deleted boolean ?)
-- reads: deal_stage ?(deal_id text, stage_id = value text, entered_at = date_entered | _fivetran_start instant)
-- reads: deal_property_history | deals_property_history ?(
--     deal_id = deal_id | dealId text,
--     property = property | name text,
--     stage_id = value text,
--     entered_at = timestamp instant)
-- reads: line_item | line_items ?(
--     line_item_id = id text,
--     quantity = property_quantity | properties_quantity | properties.quantity number ?,
--     price = property_price | properties_price | properties.price number ?,
--     percent = property_hs_discount_percentage | properties_hs_discount_percentage | properties.hs_discount_percentage
--         number ?,
--     discount = property_discount | properties_discount | properties.discount number ?)
-- reads: line_item_deal ?(line_item_id text, deal_id text)
-- reads: owner | owners ?(
--     owner_id = owner_id | id text,
--     first_name = first_name | firstName text ?,
--     last_name = last_name | lastName text ?,
--     email text ?)
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
-- a deal that was merged into another lives on in that one
merged as (
    select merged_deal_id as deal_id from merged_deal
    union
    select split_part(d.merged_ids, ';', p.place)
    from deal as d
    join places as p on p.place <= 1 + length(d.merged_ids) - length(replace(d.merged_ids, ';', ''))
    where split_part(d.merged_ids, ';', p.place) <> d.deal_id
),
-- what a connector keeps as a list, "[1, 2]", as rows
lists as (
    select deal_id, 'company' as kind, translate(company_ids, '[]{}" ', '') as ids
    from deal
    where company_ids is not null
    union all
    select deal_id, 'contact', translate(contact_ids, '[]{}" ', '')
    from deal
    where contact_ids is not null
    union all
    select deal_id, 'line item', translate(line_item_ids, '[]{}" ', '')
    from deal
    where line_item_ids is not null
),
listed as (
    select l.deal_id, l.kind, split_part(l.ids, ',', p.place) as id
    from lists as l
    join places as p on p.place <= 1 + length(l.ids) - length(replace(l.ids, ',', ''))
    where l.ids <> ''
),
-- type 5 is the primary company; without one it is that of the smallest id
companies as (
    select deal_id, company_id
    from (
        select
            deal_id,
            company_id,
            row_number() over (partition by deal_id order by place, length(company_id), company_id) as nth
        from (
            select deal_id, company_id, case when type_id = '5' then 1 else 2 end as place from deal_company
            union all
            select deal_id, company_id, 1 from deal
            union all
            select deal_id, id, 2 from listed where kind = 'company'
        ) as named
        where company_id is not null
    ) as ranked
    where nth = 1
),
contacts as (
    select deal_id, contact_id from deal_contact where contact_id is not null
    union
    select deal_id, id from listed where kind = 'contact'
),
champions as (
    select distinct c.contact_id
    from contact as c
    join words as w on w.list = 'champion_roles' and c.buying_role like '%' || w.plain || '%'
),
champions_since as (
    select h.contact_id, min(h.since) as since
    from contact_property_history as h
    join words as w on w.list = 'champion_roles' and h.buying_role like '%' || w.plain || '%'
    where h.property = 'hs_buying_role'
    group by h.contact_id
),
-- the champion by the role in buying, else the contact that was there first
people as (
    select deal_id, contact_id, title, is_champion
    from (
        select
            d.deal_id,
            d.contact_id,
            c.title,
            h.contact_id is not null as is_champion,
            row_number() over (
                partition by d.deal_id
                order by case when h.contact_id is null then 1 else 0 end, length(d.contact_id), d.contact_id
            ) as nth
        from contacts as d
        left join contact as c on c.contact_id = d.contact_id
        left join champions as h on h.contact_id = d.contact_id
    ) as ranked
    where nth = 1
),
people_counted as (
    select deal_id, count(*) as people
    from contacts
    group by deal_id
),
entries as (
    select deal_id, stage_id, entered_at from deal_stage where entered_at is not null
    union all
    select deal_id, stage_id, entered_at
    from deal_property_history
    where property = 'dealstage' and entered_at is not null
),
-- a stage by its label, and by its id, which HubSpot writes without blanks: "decisionmakerboughtin"
stages as (
    select
        i.stage_id,
        s.label,
        ' ' || lower(i.stage_id) || ' ' as id_words,
        s.probability,
        s.is_won,
        s.is_closed
    from (
        select stage_id from entries
        union
        select stage_id from deal
    ) as i
    left join (
        select
            stage_id,
            label,
            probability,
            is_won,
            is_closed,
            row_number() over (partition by stage_id order by case when removed then 1 else 0 end, label) as nth
        from deal_pipeline_stage
    ) as s on s.stage_id = i.stage_id and s.nth = 1
),
stage_lists as (
    select distinct s.stage_id, w.list
    from stages as s
    join words as w
        on s.label like '%' || w.plain || '%' or replace(s.id_words, ' ', '') = replace(w.plain, ' ', '')
    where w.list in ('understood_stages', 'advanced_stages', 'no_decision')
),
first_entries as (
    select
        e.deal_id,
        min(case when l.list = 'understood_stages' then e.entered_at end) as understood_at,
        min(case when l.list = 'advanced_stages' then e.entered_at end) as advanced_at
    from entries as e
    join stage_lists as l on l.stage_id = e.stage_id
    group by e.deal_id
),
last_entries as (
    select deal_id, stage_id, max(entered_at) as entered_at
    from entries
    group by deal_id, stage_id
),
stalled_reasons as (
    select distinct d.loss_words
    from (select distinct loss_words from deal) as d
    join words as w on w.list = 'no_decision' and d.loss_words like '%' || w.plain || '%'
),
kinds as (
    select d.kind, max(case when w.list = 'renewal_types' then 2 else 1 end) as place
    from (
        select kind from deal
        union
        select label from deal_pipeline
    ) as d
    join words as w on w.list in ('renewal_types', 'expansion_types') and d.kind like '%' || w.plain || '%'
    group by d.kind
),
prices as (
    select
        i.deal_id,
        sum(l.price * coalesce(l.quantity, 1)) as listed,
        sum(
            (l.price - coalesce(l.price * l.percent / 100.0, l.discount, 0)) * coalesce(l.quantity, 1)
        ) as charged
    from (
        select line_item_id, deal_id from line_item_deal
        union
        select id, deal_id from listed where kind = 'line item'
    ) as i
    join line_item as l on l.line_item_id = i.line_item_id
    group by i.deal_id
),
owners as (
    select
        owner_id,
        max(
            coalesce(nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), email)
        ) as owner
    from owner
    group by owner_id
),
decided as (
    select
        d.*,
        case
            when coalesce(d.is_won, s.is_won, s.is_closed and s.probability = 1, d.stage_id = 'closedwon') then 'won'
            when coalesce(d.is_lost, d.is_closed, s.is_closed, d.stage_id = 'closedlost') then 'lost'
        end as decision
    from deal as d
    left join stages as s on s.stage_id = d.stage_id
)
select
    d.deal_id as opportunity_id,
    c.company_id as account_id,
    d.created_at,
    case coalesce(k.place, r.place) when 2 then 'renewal' when 1 then 'expansion' else 'new' end as type,
    case when d.decision is not null then coalesce(d.closed_at, e.entered_at) end as closed_at,
    case
        when d.decision = 'lost' and (n.loss_words is not null or b.stage_id is not null) then 'no_decision'
        else d.decision
    end as outcome,
    d.win_reason,
    d.loss_reason,
    d.competitor,
    coalesce(d.understood_at, f.understood_at) as understood_at,
    coalesce(d.advanced_at, f.advanced_at) as advanced_at,
    d.amount,
    case when v.charged > 0 and v.listed >= v.charged then d.amount * v.listed / v.charged end as list_amount,
    d.currency,
    p.title as champion_title,
    h.since as champion_named_at,
    g.people as people_involved,
    d.custom_work_budget,
    -- REFERRALS are visits by a link on another site: nobody referred anybody
    case when d.source = 'REFERRALS' then 'Web referral traffic' else d.source end as lead_source,
    d.owner_id,
    o.owner,
    case
        when coalesce(d.is_deleted, false) or coalesce(d.fivetran_deleted, false) or a.deal_id is not null
            then 'deleted in HubSpot'
        when m.deal_id is not null then 'merged into another deal'
    end as set_aside
from decided as d
left join companies as c on c.deal_id = d.deal_id
left join (select pipeline_id, max(label) as label from deal_pipeline group by pipeline_id) as q
    on q.pipeline_id = d.pipeline_id
left join kinds as k on k.kind = d.kind
left join kinds as r on d.kind is null and r.kind = q.label
left join last_entries as e on e.deal_id = d.deal_id and e.stage_id = d.stage_id
left join first_entries as f on f.deal_id = d.deal_id
left join stalled_reasons as n on n.loss_words = d.loss_words
left join stage_lists as b on b.stage_id = d.stage_id and b.list = 'no_decision'
left join prices as v on v.deal_id = d.deal_id
left join people as p on p.deal_id = d.deal_id
left join people_counted as g on g.deal_id = d.deal_id
left join champions_since as h on p.is_champion and h.contact_id = p.contact_id
left join owners as o on o.owner_id = d.owner_id
left join merged as m on m.deal_id = d.deal_id
left join (select distinct deal_id from deals_archived) as a on a.deal_id = d.deal_id
