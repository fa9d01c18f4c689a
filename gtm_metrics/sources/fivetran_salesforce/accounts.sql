-- one row per account in Salesforce, deleted and merged ones and older versions included
-- reads: account(account_id = id text, name ?, created_on = created_date date ?, domain = website host ?,
--     parent_account_id = parent_id text ?, lead_source = account_source ?, owner_id_ = owner_id text ?,
--     master_id_ = master_record_id text ?, deleted_ = is_deleted boolean ?, removed_ = _fivetran_deleted boolean ?,
--     active_ = _fivetran_active boolean ?, modified_ = system_modstamp | last_modified_date instant ?,
--     description_ = description ?, billing_street_ = billing_street ?, billing_address_ = billing_address ?,
--     billing_postal_code_ = billing_postal_code ?, billing_latitude_ = billing_latitude ?,
--     billing_longitude_ = billing_longitude ?, billing_geocode_ = billing_geocode_accuracy ?,
--     shipping_street_ = shipping_street ?, shipping_address_ = shipping_address ?,
--     shipping_postal_code_ = shipping_postal_code ?, shipping_latitude_ = shipping_latitude ?,
--     shipping_longitude_ = shipping_longitude ?, shipping_geocode_ = shipping_geocode_accuracy ?, phone_ = phone ?,
--     fax_ = fax ?, photo_url_ = photo_url ?, jigsaw_ = jigsaw ?, jigsaw_company_id_ = jigsaw_company_id ?,
--     account_number_ = account_number ?, created_by_ = created_by_id ?, modified_by_ = last_modified_by_id ?,
--     last_modified_date_ = last_modified_date ?, last_activity_date_ = last_activity_date ?,
--     last_viewed_date_ = last_viewed_date ?, last_referenced_date_ = last_referenced_date ?, *)
-- reads: users | user ?(user_id = id text, owner = name text ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?)
-- reads: contact ?(contact_id = id text, account_id text ?, person = name text ?, email text ?,
--     deleted = is_deleted boolean ?, removed = _fivetran_deleted boolean ?, active = _fivetran_active boolean ?,
--     modified = system_modstamp | last_modified_date instant ?, last_activity = last_activity_date date ?)
with
latest as (
    select account_id, max(modified_) as modified
    from account
    group by account_id
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
),
-- whom to call: of the people there the one heard of last
people as (
    select contact_id, account_id, person, email, last_activity
    from (
        select
            contact_id,
            account_id,
            person,
            email,
            last_activity,
            coalesce(deleted, false) or coalesce(removed, false) or not coalesce(active, true) as gone,
            row_number() over (
                partition by contact_id order by active desc nulls last, modified desc nulls last
            ) as nth
        from contact
    ) as versions
    where nth = 1 and not gone
),
first_people as (
    select account_id, case when email is not null then person || ', ' || email else person end as contact
    from (
        select
            account_id,
            person,
            email,
            row_number() over (partition by account_id order by last_activity desc nulls last, contact_id) as nth
        from people
    ) as ranked
    where nth = 1
)
select
    account.*,
    o.owner,
    p.contact,
    case
        when not coalesce(account.active_, true) or account.modified_ < l.modified then 'older version'
        when account.master_id_ is not null and coalesce(account.deleted_, account.removed_, false)
            then 'merged into another account'
        when coalesce(account.deleted_, false) or coalesce(account.removed_, false) then 'deleted in Salesforce'
    end as set_aside
from account
left join latest as l on l.account_id = account.account_id
left join owners as o on o.user_id = account.owner_id_
left join first_people as p on p.account_id = account.account_id
