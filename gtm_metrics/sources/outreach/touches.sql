-- one row per e-mail that Outreach sent to a prospect, or per prospect in a sequence where only those are synced
-- reads: mailing | mailings | sequence_state | sequence_states (touch_id = id text, prospect_ids = relationship_prospect_id | prospect text ?, owner_ids = relationship_account_id | account text ?, sequence_ids = relationship_sequence_id | sequence text ?, sent_at = delivered_at | active_at | created_at instant, replied_at instant ?, bounced_at instant ?, state text ?, deliveries = deliver_count integer ?, bounces = bounce_count integer ?, removed = _fivetran_deleted boolean ?)
-- reads: prospect | prospects ?(prospect_id = id text ?, owner_ids = relationship_account_id | account text ?, email = emails.0 text ?)
-- reads: prospect_email ?(prospect_id text, email text)
-- reads: account | accounts ?(owner_id = id text ?, crm_id = custom_id text ?, domain text ?)
-- reads: data_connection ?(owner_id = parent_id text, parent_type text, crm_id = id text)
-- reads: sequence | sequences ?(sequence_id = id text ?, name text ?)
-- reads: our_accounts(account_id, domain)
-- reads: words(list, word)
with
-- what Outreach relates comes as an id or as a list of ids
sent as (
    select
        touch_id,
        split_part(translate(prospect_ids, '[]" ', ''), ',', 1) as prospect_id,
        split_part(translate(owner_ids, '[]" ', ''), ',', 1) as owner_id,
        split_part(translate(sequence_ids, '[]" ', ''), ',', 1) as sequence_id,
        sent_at,
        replied_at,
        case
            when removed then 'deleted in Outreach'
            when bounced_at is not null or lower(state) = 'bounced' then 'bounced'
            when bounces > 0 and bounces >= coalesce(deliveries, 0) then 'bounced'
            when sent_at is null or deliveries = 0 then 'not delivered'
        end as set_aside
    from mailing
),
prospects as (
    select prospect_id, split_part(translate(owner_ids, '[]" ', ''), ',', 1) as owner_id, email
    from prospect
),
known as (
    select
        s.touch_id,
        coalesce(s.prospect_id, '') as prospect_id,
        coalesce(nullif(s.owner_id, ''), p.owner_id, '') as owner_id,
        s.sequence_id,
        s.sent_at,
        s.replied_at,
        s.set_aside
    from sent as s
    left join prospects as p on p.prospect_id = s.prospect_id
),
people as (
    select distinct prospect_id, owner_id from known
),
-- which account a prospect is of: by the CRM's id of its company, then by that one's domain, then by its address
ids as (
    select account_id, account_id as id from our_accounts
    union
    -- Salesforce writes one id in 18 characters or in 15
    select account_id, substr(account_id, 1, 15) from our_accounts where length(account_id) = 18
),
free as (
    select word from words where list = 'free_mail'
),
sites as (
    select
        account_id,
        split_part(replace(replace(lower(domain), 'https://', ''), 'http://', ''), '/', 1) as site
    from our_accounts
),
domains as (
    select s.account_id, case when s.site like 'www.%' then substr(s.site, 5) else s.site end as domain
    from sites as s
    left join free as f on f.word = s.site
    where s.site <> '' and f.word is null
),
crm_ids as (
    select owner_id, crm_id from account
    union
    select owner_id, crm_id from data_connection where lower(parent_type) = 'account'
),
owner_sites as (
    select
        owner_id,
        split_part(replace(replace(lower(domain), 'https://', ''), 'http://', ''), '/', 1) as site
    from account
),
addresses as (
    select prospect_id, email from prospects
    union
    select prospect_id, email from prospect_email
),
matches as (
    select p.prospect_id, p.owner_id, i.account_id, 1 as place
    from people as p
    join crm_ids as c on c.owner_id = p.owner_id
    join ids as i on i.id = c.crm_id
    union
    select p.prospect_id, p.owner_id, d.account_id, 2
    from people as p
    join owner_sites as o on o.owner_id = p.owner_id
    join domains as d on d.domain = case when o.site like 'www.%' then substr(o.site, 5) else o.site end
    union
    select p.prospect_id, p.owner_id, d.account_id, 3
    from people as p
    join addresses as e on e.prospect_id = p.prospect_id
    join domains as d on d.domain = lower(split_part(e.email, '@', 2))
),
links as (
    select prospect_id, owner_id, min(account_id) as account_id, count(distinct account_id) as accounts
    from (
        select
            prospect_id,
            owner_id,
            account_id,
            place,
            min(place) over (partition by prospect_id, owner_id) as first_place
        from matches
    ) as placed
    where place = first_place
    group by prospect_id, owner_id
),
names as (
    select sequence_id, min(name) as name
    from sequence
    group by sequence_id
)
-- no direction: what comes in on its own is not kept here, and none kept is not none
select
    k.touch_id,
    l.account_id,
    k.sent_at,
    'email' as channel,
    coalesce(n.name, nullif(k.sequence_id, '')) as campaign,
    k.replied_at,
    case
        when k.set_aside is not null then k.set_aside
        when l.account_id is null then 'prospect without account'
        when l.accounts > 1 then 'prospect of several accounts'
    end as set_aside
from known as k
left join links as l on l.prospect_id = k.prospect_id and l.owner_id = k.owner_id
left join names as n on n.sequence_id = k.sequence_id
