-- one row per e-mail that Outreach sent to a prospect, or per prospect in a sequence where only those are synced
-- reads: mailing | mailings | sequence_state | sequence_states (touch_id = id text,
--     prospect_ids = relationship_prospect_id | prospect text ?, owner_ids = relationship_account_id | account text ?,
--     sequence_ids = relationship_sequence_id | sequence text ?,
--     sent_at = delivered_at | active_at | created_at instant, replied_at instant ?, bounced_at instant ?, state text ?, deliveries = deliver_count integer ?,
--     bounces = bounce_count integer ?, removed = _fivetran_deleted boolean ?)
-- reads: prospect | prospects ?(prospect_id = id text ?, owner_ids = relationship_account_id | account text ?,
--     host = emails.0 host ?)
-- reads: prospect_email ?(prospect_id text, host = email host)
-- reads: account | accounts ?(owner_id = id text ?, crm_id = custom_id text ?, host = domain host ?)
-- reads: data_connection ?(owner_id = parent_id text, parent_type text, crm_id = id text)
-- reads: sequence | sequences ?(sequence_id = id text ?, name text ?)
-- reads: our_ids(account_id, id)
-- reads: our_hosts(account_id, host)
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
    select prospect_id, split_part(translate(owner_ids, '[]" ', ''), ',', 1) as owner_id, host
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
crm_ids as (
    select owner_id, crm_id from account
    union
    select owner_id, crm_id from data_connection where lower(parent_type) = 'account'
),
addresses as (
    select prospect_id, host from prospects
    union
    select prospect_id, host from prospect_email
),
matches as (
    select p.prospect_id, p.owner_id, i.account_id, 1 as place
    from people as p
    join crm_ids as c on c.owner_id = p.owner_id
    join our_ids as i on i.id = c.crm_id
    union
    select p.prospect_id, p.owner_id, h.account_id, 2
    from people as p
    join account as a on a.owner_id = p.owner_id
    join our_hosts as h on h.host = a.host
    union
    select p.prospect_id, p.owner_id, h.account_id, 3
    from people as p
    join addresses as a on a.prospect_id = p.prospect_id
    join our_hosts as h on h.host = a.host
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
