-- one row per opportunity in Salesforce, deleted ones and older versions included
-- reads: opportunity(opportunity_id = id text, account_id text ?, created_at = created_date, close_date ?,
--     stage = stage_name words ?, stage_since = last_stage_change_date instant ?, is_closed boolean, is_won boolean,
--     type words ?, record_type_id text ?, amount number ?, currency = currency_iso_code ?, lead_source ?,
--     owner_id text ?,
--     loss_reason = loss_reason_c | lost_reason_c | closed_lost_reason_c | reason_lost_c |
--         loss_reason_primary_c | primary_loss_reason_c | reason_for_loss_c | closed_reason_c |
--         close_reason_c text ?, loss_words = loss_reason words ?,
--     win_reason = win_reason_c | won_reason_c | closed_won_reason_c | reason_won_c | win_reason_primary_c |
--         primary_win_reason_c | reason_for_win_c | closed_reason_c | close_reason_c text ?,
--     competitor = competitor_c | primary_competitor_c | main_competitor_c | lost_to_competitor_c |
--         competitors_c | main_competitors_c text ?,
--     discount = discount_c | total_discount_c | discount_percent_c number ?,
--     understood = value_understood_date_c | value_understood_on_c | understood_at_c instant ?,
--     advanced = advanced_date_c | advanced_at_c instant ?, custom_work_budget = custom_work_budget_c ?,
--     champion_id = champion_c | champion_contact_c text ?, deleted = is_deleted boolean ?,
--     removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     started = _fivetran_start instant ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: opportunity_history ?(deal_id = opportunity_id text ?, version_of = id text, stage = stage_name words ?,
--     changed = created_date instant ?, started = _fivetran_start instant ?, deleted = is_deleted boolean ?)
-- reads: opportunity_field_history ?(deal_id = opportunity_id text, field text, stage = new_value words ?,
--     changed = created_date instant ?)
-- reads: opportunity_competitor ?(rival_id = id text ?, deal_id = opportunity_id text,
--     competitor = competitor_name text ?, named = created_date instant ?, deleted = is_deleted boolean ?,
--     removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: opportunity_line_item ?(line_id = id text, deal_id = opportunity_id text, quantity number ?,
--     unit_price number ?, list_price number ?, total_price number ?, discount number ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: opportunity_contact_role ?(role_id = id text, deal_id = opportunity_id text, contact_id text ?,
--     role words ?, is_primary boolean ?, named = created_date instant ?, deleted = is_deleted boolean ?,
--     removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, title text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: record_type ?(record_type_id = id text, name words ?)
-- reads: users | user ?(user_id = id text, owner = name text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: words(list, plain)
with
latest as (
    select opportunity_id, max(modified) as modified
    from opportunity
    group by opportunity_id
),
-- what Salesforce keeps of stages; a table of that name with no opportunity_id is Fivetran's copy of every version
stages as (
    select
        coalesce(deal_id, version_of) as deal_id,
        stage,
        case when deal_id is not null then changed else started end as entered_at
    from opportunity_history
    where not coalesce(deleted, false)
    union all
    select deal_id, stage, changed
    from opportunity_field_history
    where lower(field) in ('stagename', 'stage_name', 'stage name')
    union all
    select opportunity_id, stage, coalesce(started, stage_since)
    from opportunity
),
first_entries as (
    select s.deal_id, w.list, min(s.entered_at) as entered_at
    from stages as s
    join words as w on w.plain = s.stage and w.list in ('understood_stages', 'advanced_stages')
    where s.entered_at is not null
    group by s.deal_id, w.list
),
-- the words that tell a deal of another kind, and a loss to nobody
deals as (
    select o.opportunity_id, o.type, o.record_type_id, o.stage, o.loss_words
    from opportunity as o
    join latest as l on l.opportunity_id = o.opportunity_id
    where coalesce(o.active, true) and (o.modified is null or o.modified = l.modified)
),
texts as (
    select opportunity_id, type as said, 'type' as place from deals where type is not null
    union all
    select d.opportunity_id, t.name, 'type'
    from deals as d
    join record_type as t on t.record_type_id = d.record_type_id
    where t.name is not null
    union all
    select opportunity_id, stage, 'end' from deals where stage is not null
    union all
    select opportunity_id, loss_words, 'end' from deals where loss_words is not null
),
told as (
    select t.opportunity_id, w.list
    from texts as t
    join words as w on position(w.plain in t.said) > 0
    where
        (t.place = 'type' and w.list in ('renewal_types', 'expansion_types'))
        or (t.place = 'end' and w.list = 'no_decision')
    group by t.opportunity_id, w.list
),
rivals as (
    select deal_id, competitor
    from (
        select
            deal_id,
            competitor,
            row_number() over (partition by deal_id order by named nulls last, competitor) as nth
        from (
            select
                deal_id,
                competitor,
                named,
                coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true) as gone,
                row_number() over (
                    partition by deal_id, competitor, rival_id
                    order by active desc nulls last, modified desc nulls last
                ) as nth_version
            from opportunity_competitor
        ) as versions
        where nth_version = 1 and not gone and competitor is not null
    ) as ranked
    where nth = 1
),
lines as (
    select
        deal_id,
        coalesce(list_price, unit_price) * quantity as listed,
        coalesce(total_price, unit_price * quantity * (1 - coalesce(discount, 0) / 100)) as charged
    from (
        select
            deal_id,
            quantity,
            unit_price,
            list_price,
            total_price,
            discount,
            coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true) as gone,
            row_number() over (
                partition by line_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from opportunity_line_item
    ) as versions
    where nth = 1 and not gone
),
-- the deal's amount may be set by hand, a year of it or a month: the lines say by how much less than the list
prices as (
    select deal_id, sum(listed) as listed, sum(charged) as charged
    from lines
    group by deal_id
    having sum(charged) > 0 and sum(listed) > 0 and count(*) = count(listed) and count(*) = count(charged)
),
roles as (
    select role_id, deal_id, contact_id, role, is_primary, named
    from (
        select
            role_id,
            deal_id,
            contact_id,
            role,
            is_primary,
            named,
            coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true) as gone,
            row_number() over (
                partition by role_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from opportunity_contact_role
    ) as versions
    where nth = 1 and not gone
),
people as (
    select deal_id, count(distinct contact_id) as people_involved
    from roles
    group by deal_id
),
wanting as (
    select distinct r.role_id
    from roles as r
    join words as w on w.list = 'champion_roles' and position(w.plain in r.role) > 0
),
champions as (
    select deal_id, contact_id, named
    from (
        select
            r.deal_id,
            r.contact_id,
            r.named,
            row_number() over (
                partition by r.deal_id
                order by case when w.role_id is not null then 1 else 2 end, r.named nulls last, r.role_id
            ) as nth
        from roles as r
        left join wanting as w on w.role_id = r.role_id
        where w.role_id is not null or coalesce(r.is_primary, false)
    ) as ranked
    where nth = 1
),
titles as (
    select contact_id, title
    from (
        select
            contact_id,
            title,
            row_number() over (
                partition by contact_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from contact
    ) as versions
    where nth = 1
),
owners as (
    select user_id, owner
    from (
        select
            user_id,
            owner,
            row_number() over (
                partition by user_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from users
    ) as versions
    where nth = 1
)
select
    o.opportunity_id,
    o.account_id,
    o.created_at,
    case when r.list is not null then 'renewal' when e.list is not null then 'expansion' else 'new' end as type,
    -- of an open deal it is a forecast; without an outcome it counts as none
    o.close_date as closed_at,
    case
        when o.is_closed and o.is_won then 'won'
        when o.is_closed and d.list is not null then 'no_decision'
        when o.is_closed then 'lost'
    end as outcome,
    case when o.is_closed and o.is_won then o.win_reason end as win_reason,
    case when o.is_closed and not o.is_won then o.loss_reason end as loss_reason,
    coalesce(v.competitor, nullif(split_part(o.competitor, ';', 1), '')) as competitor,
    coalesce(o.understood, u.entered_at) as understood_at,
    coalesce(o.advanced, a.entered_at) as advanced_at,
    o.amount,
    case
        when p.deal_id is not null then o.amount * p.listed / p.charged
        when o.discount >= 0 and o.discount < 100 then o.amount / (1 - o.discount / 100)
    end as list_amount,
    o.currency,
    t.title as champion_title,
    case when o.champion_id is null then c.named end as champion_named_at,
    i.people_involved,
    o.custom_work_budget,
    o.lead_source,
    o.owner_id,
    w.owner,
    case
        when not coalesce(o.active, true) or o.modified < l.modified then 'older version'
        when coalesce(o.deleted, false) or coalesce(o.removed, false) then 'deleted in Salesforce'
    end as set_aside
from opportunity as o
left join latest as l on l.opportunity_id = o.opportunity_id
left join told as r on r.opportunity_id = o.opportunity_id and r.list = 'renewal_types'
left join told as e on e.opportunity_id = o.opportunity_id and e.list = 'expansion_types'
left join told as d on d.opportunity_id = o.opportunity_id and d.list = 'no_decision'
left join first_entries as u on u.deal_id = o.opportunity_id and u.list = 'understood_stages'
left join first_entries as a on a.deal_id = o.opportunity_id and a.list = 'advanced_stages'
left join rivals as v on v.deal_id = o.opportunity_id
left join prices as p on p.deal_id = o.opportunity_id
left join people as i on i.deal_id = o.opportunity_id
left join champions as c on c.deal_id = o.opportunity_id
left join titles as t on t.contact_id = coalesce(o.champion_id, c.contact_id)
left join owners as w on w.user_id = o.owner_id
