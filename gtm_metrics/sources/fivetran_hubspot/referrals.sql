-- one row per company that says who referred it
-- reads: company | companies (
--     account_id = id text,
--     name = property_name | properties_name | properties.name words ?,
--     domain = property_domain | properties_domain | properties.domain text ?,
--     created_on = property_createdate | properties_createdate | properties.createdate | createdAt instant ?,
--     referred_by = property_referred_by_company_id | properties_referred_by_company_id | property_referring_company_id
--         | properties_referring_company_id | property_referred_by_company | properties_referred_by_company |
--         property_referring_company | properties_referring_company | property_referred_by | properties_referred_by |
--         property_referrer | properties_referrer text +,
--     referred_at = property_referred_at | properties_referred_at | property_referral_date | properties_referral_date
--         instant ?,
--     referred_by_words = referred_by words ?,
--     is_deleted = is_deleted | archived boolean ?,
--     fivetran_deleted = _fivetran_deleted boolean ?)
with
referred as (
    select account_id, created_on, referred_at, referred_by, referred_by_words, lower(referred_by) as referred_by_domain
    from company
    where referred_by is not null
        and not coalesce(is_deleted, false)
        and not coalesce(fivetran_deleted, false)
),
-- by id, else by domain, else by name
found as (
    select r.account_id, c.account_id as referrer_id, 1 as place
    from referred as r
    join company as c on c.account_id = r.referred_by
    union all
    select r.account_id, c.account_id, 2
    from referred as r
    join company as c on lower(c.domain) = r.referred_by_domain
    union all
    select r.account_id, c.account_id, 3
    from referred as r
    join company as c on c.name = r.referred_by_words
),
referrers as (
    select account_id, referrer_id
    from (
        select
            account_id,
            referrer_id,
            row_number() over (partition by account_id order by place, length(referrer_id), referrer_id) as nth
        from found
    ) as ranked
    where nth = 1
)
select
    f.referrer_id as referrer_account_id,
    r.account_id as referred_account_id,
    coalesce(r.referred_at, r.created_on) as referred_at,
    case
        when f.referrer_id is null then 'nobody by that name'
        when f.referrer_id = r.account_id then 'refers to itself'
    end as set_aside
from referred as r
left join referrers as f on f.account_id = r.account_id
