-- one row per company in HubSpot
-- reads: company | companies (
--     account_id = id text,
--     name = property_name | properties_name | properties.name ?,
--     created_on = property_createdate | properties_createdate | properties.createdate | createdAt ?,
--     domain = property_domain | properties_domain | property_website | properties_website | properties.domain text ?,
--     parent_account_id = property_hs_parent_company_id | properties_hs_parent_company_id |
--         properties.hs_parent_company_id text ?,
--     source_ = property_lead_source | properties_lead_source | property_hs_analytics_source |
--         properties_hs_analytics_source | properties.hs_analytics_source text ?,
--     industry = property_industry | properties_industry | properties.industry text ?,
--     employees = property_numberofemployees | properties_numberofemployees | properties.numberofemployees ?,
--     annual_revenue = property_annualrevenue | properties_annualrevenue | properties.annualrevenue ?,
--     country = property_country | properties_country | properties.country text ?,
--     state = property_state | properties_state | properties.state text ?,
--     city = property_city | properties_city | properties.city text ?,
--     lifecycle_stage = property_lifecyclestage | properties_lifecyclestage | properties.lifecyclestage text ?,
--     ideal_customer = property_hs_ideal_customer_profile | properties_hs_ideal_customer_profile |
--         properties.hs_ideal_customer_profile text ?,
--     target_account = property_hs_is_target_account | properties_hs_is_target_account |
--         properties.hs_is_target_account ?,
--     owner_id_ = property_hubspot_owner_id | properties_hubspot_owner_id | properties.hubspot_owner_id text ?,
--     is_deleted_ = is_deleted | archived boolean ?,
--     fivetran_deleted_ = _fivetran_deleted boolean ?,
--     merged_ids_ = property_hs_merged_object_ids | properties_hs_merged_object_ids | properties.hs_merged_object_ids
--         text ?,
--     property_* | properties_*)
-- reads: companies_archived ?(account_id = id text)
-- reads: owner | owners ?(
--     owner_id = owner_id | id text,
--     first_name = first_name | firstName text ?,
--     last_name = last_name | lastName text ?,
--     email text ?)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     account_id = property_associatedcompanyid | properties_associatedcompanyid | properties.associatedcompanyid text
--         ?,
--     first_name = property_firstname | properties_firstname | properties.firstname text ?,
--     last_name = property_lastname | properties_lastname | properties.lastname text ?,
--     email = property_email | properties_email | properties.email text ?,
--     buying_role = property_hs_buying_role | properties_hs_buying_role | properties.hs_buying_role words ?)
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
-- a company that was merged into another lives on in that one, which names it among "1;2;3"
merged as (
    select distinct split_part(c.merged_ids_, ';', p.place) as account_id
    from company as c
    join places as p on p.place <= 1 + length(c.merged_ids_) - length(replace(c.merged_ids_, ';', ''))
    where split_part(c.merged_ids_, ';', p.place) <> c.account_id
),
champions as (
    select distinct c.contact_id
    from contact as c
    join words as w on w.list = 'champion_roles' and c.buying_role like '%' || w.plain || '%'
),
people as (
    select account_id, person, email
    from (
        select
            c.account_id,
            nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), '') as person,
            c.email,
            row_number() over (
                partition by c.account_id
                order by case when h.contact_id is null then 1 else 0 end, length(c.contact_id), c.contact_id
            ) as nth
        from contact as c
        left join champions as h on h.contact_id = c.contact_id
        where c.account_id is not null
    ) as ranked
    where nth = 1
),
owners as (
    select
        owner_id,
        max(
            coalesce(nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), email)
        ) as owner
    from owner
    group by owner_id
)
select
    c.*,
    -- REFERRALS are visits by a link on another site: nobody referred anybody
    case when c.source_ = 'REFERRALS' then 'Web referral traffic' else c.source_ end as lead_source,
    o.owner,
    coalesce(p.person || ', ' || p.email, p.person, p.email) as contact,
    case
        when coalesce(c.is_deleted_, false) or coalesce(c.fivetran_deleted_, false) or a.account_id is not null
            then 'deleted in HubSpot'
        when m.account_id is not null then 'merged into another company'
    end as set_aside
from company as c
left join owners as o on o.owner_id = c.owner_id_
left join people as p on p.account_id = c.account_id
left join merged as m on m.account_id = c.account_id
left join (select distinct account_id from companies_archived) as a on a.account_id = c.account_id
