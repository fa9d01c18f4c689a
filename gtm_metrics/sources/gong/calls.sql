-- one row per call that Gong recorded
-- reads: calls | call (call_id = id text, held_at = started instant, seconds = duration number ?, scope text ?,
--     disposition = sdr_disposition words ?, removed = _fivetran_deleted boolean ?)
-- reads: call_context_integration | call_context ?(call_id text, kind = object_type text, crm_id = object_id text,
--     removed = _fivetran_deleted boolean ?)
-- reads: call_tracker | call_trackers ?(call_id text, tracker = name words, hits = count integer ?,
--     removed = _fivetran_deleted boolean ?)
-- reads: our_ids(account_id, id)
-- reads: our_opportunities ?(opportunity_id, account_id)
-- reads: words(list, plain)
with
opportunity_ids as (
    select opportunity_id, account_id, opportunity_id as id from our_opportunities
    union
    -- Salesforce writes one id in 18 characters or in 15
    select opportunity_id, account_id, substr(opportunity_id, 1, 15)
    from our_opportunities
    where length(opportunity_id) = 18
),
-- a call's context has a row for every field of an object, and may hold several objects
deals as (
    select
        c.call_id,
        min(o.opportunity_id) as opportunity_id,
        count(distinct o.opportunity_id) as opportunities,
        min(o.account_id) as account_id,
        count(distinct o.account_id) as accounts
    from call_context_integration as c
    join opportunity_ids as o on o.id = c.crm_id
    where lower(c.kind) in ('opportunity', 'deal') and not coalesce(c.removed, false)
    group by c.call_id
),
companies as (
    select c.call_id, min(a.account_id) as account_id, count(distinct a.account_id) as accounts
    from call_context_integration as c
    join our_ids as a on a.id = c.crm_id
    where lower(c.kind) in ('account', 'company') and not coalesce(c.removed, false)
    group by c.call_id
),
-- without a word for it no tracker means understanding, and nothing is known of any call
asked as (
    select count(*) as trackers
    from words
    where list = 'understood_trackers'
),
heard as (
    select count(*) as hits
    from call_tracker
),
understandings as (
    select distinct t.call_id
    from call_tracker as t
    join words as w on w.list = 'understood_trackers' and w.plain = t.tracker
    where coalesce(t.hits, 1) > 0 and not coalesce(t.removed, false)
),
missed as (
    select distinct c.call_id
    from calls as c
    join words as w on w.list = 'not_held' and position(w.plain in c.disposition) > 0
)
select
    c.call_id,
    -- the deal says whose call it was, else the company that the call names
    case when d.accounts = 1 then d.account_id when p.accounts = 1 then p.account_id end as account_id,
    c.held_at,
    -- of several deals none is named: the call goes to the one open that day
    case when d.opportunities = 1 then d.opportunity_id end as opportunity_id,
    c.seconds / 60 as minutes,
    case when a.trackers > 0 and h.hits > 0 then u.call_id is not null end as understood,
    case
        when c.removed then 'deleted in Gong'
        when lower(c.scope) = 'internal' then 'internal call'
        when c.seconds = 0 or m.call_id is not null then 'not held'
        when d.accounts = 1 or p.accounts = 1 then null
        when d.accounts > 1 or p.accounts > 1 then 'call of several accounts'
        else 'call without account'
    end as set_aside
from calls as c
cross join asked as a
cross join heard as h
left join deals as d on d.call_id = c.call_id
left join companies as p on p.call_id = c.call_id
left join understandings as u on u.call_id = c.call_id
left join missed as m on m.call_id = c.call_id
