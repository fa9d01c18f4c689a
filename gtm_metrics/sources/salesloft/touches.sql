-- one row per e-mail that Salesloft sent to a person
-- reads: emails | email (touch_id = id text, person_id = recipient.id text ?, host = recipient_email_address host ?,
--     sent_at instant, bounced boolean ?, state = status text ?, replies = counts.replies integer ?,
--     cadence_id = cadence.id text ?, removed = _fivetran_deleted boolean ?)
-- reads: people | person ?(person_id = id text ?, owner_id = account.id text ?, host = email_address host ?,
--     last_replied_at instant ?)
-- reads: accounts | account ?(owner_id = id text ?, crm_id text ?, host = domain host ?)
-- reads: cadences | cadence ?(cadence_id = id text ?, name text ?)
-- reads: our_ids(account_id, id)
-- reads: our_hosts(account_id, host)
with
known as (
    select
        e.touch_id,
        coalesce(e.person_id, '') as person_id,
        coalesce(p.owner_id, '') as owner_id,
        coalesce(e.host, p.host, '') as host,
        e.sent_at,
        p.last_replied_at,
        e.replies,
        e.cadence_id,
        -- of a person's e-mails that were answered, the latest sent before the person's last reply has that reply
        row_number() over (
            partition by e.person_id, case when e.replies > 0 and e.sent_at <= p.last_replied_at then 1 else 0 end
            order by e.sent_at desc, e.touch_id
        ) as nth,
        case
            when e.removed then 'deleted in Salesloft'
            when e.bounced or lower(e.state) = 'bounced' then 'bounced'
            when e.sent_at is null then 'not sent'
        end as set_aside
    from emails as e
    left join people as p on p.person_id = e.person_id
),
companies as (
    select distinct owner_id, host from known
),
-- which account a person is of: by the CRM's id of its company, then by that one's domain, then by its address
matches as (
    select c.owner_id, c.host, i.account_id, 1 as place
    from companies as c
    join accounts as a on a.owner_id = c.owner_id
    join our_ids as i on i.id = a.crm_id
    union
    select c.owner_id, c.host, h.account_id, 2
    from companies as c
    join accounts as a on a.owner_id = c.owner_id
    join our_hosts as h on h.host = a.host
    union
    select c.owner_id, c.host, h.account_id, 3
    from companies as c
    join our_hosts as h on h.host = c.host
),
links as (
    select owner_id, host, min(account_id) as account_id, count(distinct account_id) as accounts
    from (
        select owner_id, host, account_id, place, min(place) over (partition by owner_id, host) as first_place
        from matches
    ) as placed
    where place = first_place
    group by owner_id, host
),
names as (
    select cadence_id, min(name) as name
    from cadences
    group by cadence_id
)
-- no direction: what comes in on its own is not kept here, and none kept is not none
select
    k.touch_id,
    l.account_id,
    k.sent_at,
    'email' as channel,
    coalesce(n.name, k.cadence_id) as campaign,
    case when k.replies > 0 and k.sent_at <= k.last_replied_at and k.nth = 1 then k.last_replied_at end as replied_at,
    case
        when k.set_aside is not null then k.set_aside
        when l.account_id is null then 'person without account'
        when l.accounts > 1 then 'person of several accounts'
        when k.replies > 0 and not coalesce(k.sent_at <= k.last_replied_at and k.nth = 1, false)
            then 'answered, nobody knows when'
    end as set_aside
from known as k
left join links as l on l.owner_id = k.owner_id and l.host = k.host
left join names as n on n.cadence_id = k.cadence_id
