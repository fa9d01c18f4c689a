-- one row per ticket in Zendesk
-- reads: ticket | tickets (ticket_id = id text, organization_id text ?, requester_id text ?, state = status text ?,
--     opened_at = created_at instant, removed = _fivetran_deleted boolean ?)
-- reads: organization | organizations ?(organization_id = id text, crm_id = external_id text ?,
--     hosts = domain_names text ?)
-- reads: domain_name ?(organization_id text, host = domain_name host)
-- reads: users | user ?(person_id = id text, host = email host ?, organization_id text ?)
-- reads: ticket_field_history ?(ticket_id text, field_name text, changed_to = value text, changed_at = updated instant)
-- reads: ticket_metrics ?(ticket_id text, solved_at instant ?)
-- reads: our_ids(account_id, id)
-- reads: our_hosts(account_id, host)
with
asked as (
    select
        t.ticket_id,
        coalesce(t.organization_id, u.organization_id, '') as organization_id,
        coalesce(u.host, '') as host,
        t.opened_at,
        lower(t.state) as state,
        t.removed
    from ticket as t
    left join users as u on u.person_id = t.requester_id
),
sources as (
    select distinct organization_id, host from asked
),
places as (
    select 1 as place union all select 2 union all select 3 union all select 4 union all select 5
    union all select 6 union all select 7 union all select 8 union all select 9 union all select 10
),
hosts as (
    select organization_id, host from domain_name
    union
    -- elsewhere the domains are one list, of which the first ten are read
    select o.organization_id, split_part(translate(lower(o.hosts), '[]" ', ''), ',', p.place)
    from organization as o
    cross join places as p
),
-- which account asked: by the organization's id in the CRM, then by its domains, then by the requester's address
matches as (
    select s.organization_id, s.host, i.account_id, 1 as place
    from sources as s
    join organization as o on o.organization_id = s.organization_id
    join our_ids as i on i.id = o.crm_id
    union
    select s.organization_id, s.host, h.account_id, 2
    from sources as s
    join hosts as o on o.organization_id = s.organization_id
    join our_hosts as h on h.host = o.host
    union
    select s.organization_id, s.host, h.account_id, 3
    from sources as s
    join our_hosts as h on h.host = s.host
),
links as (
    select organization_id, host, min(account_id) as account_id, count(distinct account_id) as accounts
    from (
        select
            organization_id,
            host,
            account_id,
            place,
            min(place) over (partition by organization_id, host) as first_place
        from matches
    ) as placed
    where place = first_place
    group by organization_id, host
),
closings as (
    select
        ticket_id,
        -- a ticket that is reopened is solved anew; it is closed for good days later, by itself
        coalesce(
            max(case when lower(changed_to) = 'solved' then changed_at end),
            max(case when lower(changed_to) = 'closed' then changed_at end)
        ) as closed_at
    from ticket_field_history
    where lower(field_name) = 'status'
    group by ticket_id
),
solved as (
    select ticket_id, max(solved_at) as closed_at
    from ticket_metrics
    group by ticket_id
)
select
    a.ticket_id,
    l.account_id,
    a.opened_at,
    case when a.state in ('solved', 'closed') then coalesce(c.closed_at, s.closed_at) end as closed_at,
    case
        when a.removed or a.state = 'deleted' then 'deleted in Zendesk'
        when l.account_id is null then 'requester without account'
        when l.accounts > 1 then 'requester of several accounts'
    end as set_aside
from asked as a
left join links as l on l.organization_id = a.organization_id and l.host = a.host
left join closings as c on c.ticket_id = a.ticket_id
left join solved as s on s.ticket_id = a.ticket_id
