-- one row per subscription at one price: a new one begins where a discount begins or ends
-- reads: subscription_history | subscription | subscriptions (subscription_id = id text,
--     customer_id = customer_id | customer text, status text, starts_on = start_date | start date ?,
--     created_on = created date ?, trial_starts_on = trial_start date ?, trial_ends_on = trial_end date ?,
--     canceled_on = canceled_at date ?, ended_on = ended_at date ?, currency text ?, livemode boolean ?,
--     feedback = cancellation_details.feedback text ?, reason = cancellation_details.reason text ?,
--     percent_off = discount.coupon.percent_off number ?, amount_off = discount.coupon.amount_off number ?,
--     off_currency = discount.coupon.currency text ?, duration = discount.coupon.duration text ?,
--     off_from = discount.start date ?, off_until = discount.end date ?, active = _fivetran_active boolean ?,
--     removed = _fivetran_deleted boolean ?)
-- reads: subscription_item | subscription_items_flat | subscription_items ?(
--     subscription_id = subscription_id | subscription text, plan_id = plan_id | plan.id text ?,
--     price_id = price.id text ?, quantity number ?, amount = price.unit_amount number ?,
--     amount_decimal = price.unit_amount_decimal number ?, currency = price.currency text ?,
--     period = price.recurring.interval text ?, period_count = price.recurring.interval_count number ?,
--     usage_type = price.recurring.usage_type text ?, divide_by = price.transform_quantity.divide_by number ?,
--     removed = _fivetran_deleted boolean ?)
-- reads: price | prices ?(price_id = id text, amount = unit_amount number ?,
--     amount_decimal = unit_amount_decimal number ?, currency text ?, period = recurring.interval text ?,
--     period_count = recurring.interval_count number ?, usage_type = recurring.usage_type text ?,
--     divide_by = transform_quantity.divide_by number ?)
-- reads: plan | plans ?(price_id = id text, amount number ?, amount_decimal number ?, currency text ?,
--     period = interval text ?, period_count = interval_count number ?, usage_type text ?,
--     divide_by = transform_usage.divide_by number ?)
-- reads: subscription_discount ?(coupon_id text, subscription_id text ?, customer_id text ?, invoice_id text ?,
--     off_from = start date ?, off_until = end date ?)
-- reads: discount ?(coupon_id text, subscription_id text ?, customer_id text ?, invoice_id text ?,
--     off_from = start date ?, off_until = end date ?)
-- reads: customer_discount ?(coupon_id text, customer_id text, off_from = start date ?, off_until = end date ?)
-- reads: coupon | coupons ?(coupon_id = id text, percent_off number ?, amount_off number ?,
--     off_currency = currency text ?, duration text ?)
-- reads: customer | customers (customer_id = id text, host = email host ?,
--     account_id = account_id | salesforce_account_id text ?, key_1 = metadata.salesforce_account_id text ?,
--     key_2 = metadata.sfdc_account_id text ?, key_3 = metadata.hubspot_company_id text ?,
--     key_4 = metadata.crm_account_id text ?, key_5 = metadata.account_id text ?)
-- reads: account_crosswalk ?(account_id text, customer_id = stripe_customer_id text)
-- reads: our_ids(account_id, id)
-- reads: our_hosts(account_id, host)
-- reads: words(list, word)
with
-- which account a customer is: what somebody wrote down goes before what its e-mail address suggests
written as (
    select customer_id, account_id as id from customer
    union select customer_id, key_1 from customer
    union select customer_id, key_2 from customer
    union select customer_id, key_3 from customer
    union select customer_id, key_4 from customer
    union select customer_id, key_5 from customer
),
matches as (
    select w.customer_id, i.account_id, 1 as place
    from written as w
    join our_ids as i on i.id = w.id
    union
    select k.customer_id, i.account_id, 2
    from account_crosswalk as k
    join our_ids as i on i.id = k.account_id
    union
    select c.customer_id, h.account_id, 3
    from customer as c
    join our_hosts as h on h.host = c.host
),
links as (
    select customer_id, min(account_id) as account_id, count(distinct account_id) as accounts
    from (
        select customer_id, account_id, place, min(place) over (partition by customer_id) as first_place
        from matches
    ) as placed
    where place = first_place
    group by customer_id
),
customers as (
    select c.customer_id, min(l.account_id) as account_id, min(l.accounts) as accounts, min(f.word) as free_mail
    from customer as c
    left join links as l on l.customer_id = c.customer_id
    left join words as f on f.list = 'free_mail' and f.word = c.host
    group by c.customer_id
),
dated as (
    select
        subscription_id,
        customer_id,
        lower(status) as status,
        currency,
        livemode,
        active,
        removed,
        coalesce(feedback, reason) as end_reason,
        coalesce(starts_on, created_on) as begun_on,
        trial_starts_on,
        trial_ends_on,
        -- notice given, canceled_at and cancel_at_period_end, is no end while they still pay
        coalesce(ended_on, case when lower(status) = 'canceled' then canceled_on end) as ended_on
    from subscription_history
),
spells as (
    select
        d.subscription_id,
        d.customer_id,
        c.account_id,
        d.currency,
        d.end_reason,
        -- the first day paid for: a trial at the beginning is not
        case
            when d.trial_ends_on > d.begun_on and not coalesce(d.trial_starts_on > d.begun_on, false)
                then d.trial_ends_on
            else d.begun_on
        end as started_on,
        d.ended_on,
        case
            when not d.active then 'older version'
            when d.removed then 'deleted in Stripe'
            when not d.livemode then 'test mode'
            when d.status in ('incomplete', 'incomplete_expired') then 'first payment never made'
            when d.status in ('trialing', 'paused') or d.ended_on <= d.trial_ends_on then 'trial'
            when c.customer_id is null then 'billing customer unknown'
            when c.accounts > 1 then 'billing customer of several accounts'
            when c.account_id is null and c.free_mail is not null then 'billing customer with a private e-mail'
            when c.account_id is null then 'billing customer without account'
        end as set_aside
    from dated as d
    left join customers as c on c.customer_id = d.customer_id
),
-- what a month costs, in the currency's smallest unit: the sum over a subscription's items
prices as (
    select price_id, amount, amount_decimal, currency, period, period_count, usage_type, divide_by from price
    union all
    select price_id, amount, amount_decimal, currency, period, period_count, usage_type, divide_by
    from plan
    where price_id not in (select price_id from price where price_id is not null)
),
priced as (
    select
        i.subscription_id,
        coalesce(i.quantity, 1) * coalesce(i.amount_decimal, i.amount, p.amount_decimal, p.amount) as amount,
        lower(coalesce(i.currency, p.currency)) as currency,
        lower(coalesce(i.period, p.period)) as period,
        coalesce(i.period_count, p.period_count, 1) as period_count,
        coalesce(i.divide_by, p.divide_by) as divide_by
    from subscription_item as i
    left join prices as p on p.price_id = coalesce(i.plan_id, i.price_id)
    -- what is metered is use, which recurs in no known amount
    where not coalesce(i.removed, false) and coalesce(lower(coalesce(i.usage_type, p.usage_type)), '') <> 'metered'
),
monthly as (
    select
        subscription_id,
        amount,
        currency,
        divide_by,
        -- how many such periods a month has, as a fraction
        case period when 'day' then 365 when 'week' then 52 when 'month' then 12 when 'year' then 1 end as periods,
        12 * period_count as months
    from priced
),
totals as (
    select
        subscription_id,
        min(currency) as currency,
        max(currency) as other_currency,
        sum(amount * periods / months) as a_month,
        min(periods / months) as invoices,
        max(periods / months) as most_invoices,
        sum(case when amount is null or periods is null or divide_by is not null then 1 else 0 end) as unknown
    from monthly
    group by subscription_id
),
-- discounts that recur: the subscription's own, else its customer's
given as (
    select coupon_id, subscription_id, customer_id, off_from, off_until
    from subscription_discount
    where invoice_id is null
    union
    select coupon_id, subscription_id, customer_id, off_from, off_until
    from discount
    where invoice_id is null
    union
    select coupon_id, cast(null as varchar), customer_id, off_from, off_until
    from customer_discount
),
coupons as (
    select
        g.subscription_id,
        g.customer_id,
        g.off_from,
        g.off_until,
        c.percent_off,
        c.amount_off,
        lower(c.off_currency) as off_currency
    from given as g
    left join coupon as c on c.coupon_id = g.coupon_id
    where coalesce(lower(c.duration), '') <> 'once'
    union all
    select subscription_id, customer_id, off_from, off_until, percent_off, amount_off, lower(off_currency)
    from subscription_history
    where (percent_off is not null or amount_off is not null) and lower(duration) <> 'once'
),
owners as (
    select distinct subscription_id from coupons where subscription_id is not null
),
reductions as (
    select s.subscription_id, s.started_on, c.off_from, c.off_until, c.percent_off, c.amount_off, c.off_currency
    from spells as s
    join coupons as c on c.subscription_id = s.subscription_id
    where s.set_aside is null
    union all
    select s.subscription_id, s.started_on, c.off_from, c.off_until, c.percent_off, c.amount_off, c.off_currency
    from spells as s
    join coupons as c on c.customer_id = s.customer_id and c.subscription_id is null
    left join owners as o on o.subscription_id = s.subscription_id
    where s.set_aside is null and o.subscription_id is null
),
edges as (
    select subscription_id, started_on as day from spells where set_aside is null
    union
    select s.subscription_id, r.off_from
    from spells as s
    join reductions as r on r.subscription_id = s.subscription_id
    where s.set_aside is null and r.off_from > s.started_on and coalesce(r.off_from < s.ended_on, true)
    union
    select s.subscription_id, r.off_until
    from spells as s
    join reductions as r on r.subscription_id = s.subscription_id
    where s.set_aside is null and r.off_until > s.started_on and coalesce(r.off_until < s.ended_on, true)
),
pieces as (
    select
        subscription_id,
        day,
        lead(day) over (partition by subscription_id order by day) as next_day,
        row_number() over (partition by subscription_id order by day) as nth
    from edges
),
reduced as (
    select
        p.subscription_id,
        p.nth,
        -- percentages take off one after the other
        exp(sum(ln(case when r.percent_off >= 100 then 1e-300 else 1 - r.percent_off / 100 end))) as share,
        sum(r.amount_off) as amount_off,
        min(r.off_currency) as off_currency,
        sum(case when r.percent_off is null and r.amount_off is null then 1 else 0 end) as unknown
    from pieces as p
    join reductions as r on r.subscription_id = p.subscription_id and coalesce(r.off_from, r.started_on) <= p.day
    where r.off_until is null or r.off_until > p.day
    group by p.subscription_id, p.nth
),
costed as (
    select
        s.subscription_id,
        coalesce(p.nth, 1) as nth,
        s.account_id,
        coalesce(p.day, s.started_on) as started_on,
        coalesce(p.next_day, s.ended_on) as ended_on,
        case when p.next_day is not null then 'changed price' else s.end_reason end as end_reason,
        case when t.currency = t.other_currency then t.currency when t.currency is null then lower(s.currency) end
            as currency,
        s.set_aside,
        case
            -- an item, or a discount, of an unknown amount leaves the whole unknown
            when t.unknown > 0 or r.unknown > 0 then null
            when t.currency <> t.other_currency or t.currency <> lower(s.currency) then null
            when r.amount_off is not null and (t.currency <> r.off_currency or t.invoices <> t.most_invoices) then null
            else t.a_month * coalesce(r.share, 1) - coalesce(r.amount_off * t.invoices, 0)
        end as a_month
    from spells as s
    left join pieces as p on p.subscription_id = s.subscription_id and s.set_aside is null
    left join totals as t on t.subscription_id = s.subscription_id
    left join reduced as r on r.subscription_id = p.subscription_id and r.nth = p.nth
)
select
    case when nth = 1 then subscription_id else subscription_id || '/' || cast(nth as varchar) end as subscription_id,
    account_id,
    started_on,
    ended_on,
    case when a_month < 0.005 then 0 else a_month end
    / case
        when currency in (
            'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'
        ) then 1
        when currency in ('bhd', 'jod', 'kwd', 'omr', 'tnd') then 1000
        else 100
    end as mrr,
    upper(currency) as currency,
    end_reason,
    set_aside
from costed
