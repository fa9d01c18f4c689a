-- one row per account, deal and converted lead that names who brought it, or says that it was a referral
-- reads: account(account_id = id text, said = account_source words ?, made = created_date instant ?,
--     referrer = referring_account_c | referred_by_account_c | referrer_c | referred_by_c |
--         referral_account_c text +, deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?,
--     active = _fivetran_active boolean ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: opportunity ?(opportunity_id = id text, account_id text ?, said = lead_source words ?,
--     made = created_date instant ?,
--     referrer = referring_account_c | referred_by_account_c | referrer_c | referred_by_c |
--         referral_account_c text +, deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?,
--     active = _fivetran_active boolean ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: lead ?(lead_id = id text, account_id = converted_account_id text ?, said = lead_source words ?,
--     made = created_date instant ?,
--     referrer = referring_account_c | referred_by_account_c | referrer_c | referred_by_c |
--         referral_account_c text +, deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?,
--     active = _fivetran_active boolean ?, modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, account_id text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: our_accounts(account_id, name)
-- reads: words(list, plain)
with
everything as (
    select
        'account' as kind, account_id as row_id, account_id, said, made, referrer, active, modified,
        coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true) as gone
    from account
    union all
    select
        'opportunity', opportunity_id, account_id, said, made, referrer, active, modified,
        coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true)
    from opportunity
    union all
    select
        'lead', lead_id, account_id, said, made, referrer, active, modified,
        coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true)
    from lead
    where account_id is not null
),
-- what is deleted is counted among the accounts and deals
living as (
    select e.kind, e.row_id, e.account_id, e.said, e.made, e.referrer
    from (
        select
            kind, row_id, account_id, said, made, referrer, gone,
            row_number() over (
                partition by kind, row_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from everything
    ) as e
    where e.nth = 1 and not e.gone
),
saying as (
    select distinct l.kind, l.row_id
    from living as l
    join words as w on w.list = 'referral_sources' and position(w.plain in l.said) > 0
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
),
-- a name that one account alone bears
names as (
    select lower(name) as name, min(account_id) as account_id
    from our_accounts
    where name is not null
    group by lower(name)
    having count(*) = 1
),
told as (
    select
        l.account_id as referred_account_id,
        coalesce(a.account_id, p.account_id, n.account_id) as referrer_account_id,
        l.made,
        l.referrer,
        row_number() over (
            partition by l.account_id, coalesce(a.account_id, p.account_id, n.account_id)
            order by l.made nulls last, l.kind, l.row_id
        ) as nth,
        max(case when coalesce(a.account_id, p.account_id, n.account_id) <> l.account_id then 1 else 0 end) over (
            partition by l.account_id
        ) as known
    from living as l
    left join saying as s on s.kind = l.kind and s.row_id = l.row_id
    left join our_accounts as a on a.account_id = l.referrer
    left join people as p on p.contact_id = l.referrer
    left join names as n on n.name = lower(l.referrer)
    where l.referrer is not null or s.row_id is not null
)
select
    referrer_account_id,
    referred_account_id,
    made as referred_at,
    case
        when referrer_account_id is null and known = 1 then 'said again, with no more'
        when referrer_account_id is null and referrer is null then 'referral without a referrer'
        when referrer_account_id is null then 'referrer unknown'
        when referrer_account_id = referred_account_id then 'an account that refers to itself'
        when nth > 1 then 'said again, with no more'
    end as set_aside
from told
