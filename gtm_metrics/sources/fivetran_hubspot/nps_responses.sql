-- one row per answer to a survey of HubSpot's
-- reads: feedback_submission | feedback_submissions (
--     response_id = id text,
--     is_deleted = is_deleted | archived boolean ?,
--     fivetran_deleted = _fivetran_deleted boolean ?,
--     survey = property_hs_survey_type | properties_hs_survey_type | hs_survey_type | properties.hs_survey_type words
--         ?,
--     score = property_hs_value | properties_hs_value | hs_value | properties.hs_value ?,
--     answered_at = property_hs_submission_timestamp | properties_hs_submission_timestamp | hs_submission_timestamp |
--         property_hs_createdate | properties_hs_createdate | hs_createdate | properties.hs_submission_timestamp |
--         createdAt ?,
--     person_id = property_hs_contact_id | properties_hs_contact_id | hs_contact_id | properties.hs_contact_id text ?,
--     company_ids = companies text ?,
--     contact_ids = contacts text ?)
-- reads: feedback_submission_contact ?(response_id = feedback_submission_id text, contact_id text)
-- reads: feedback_submission_company ?(response_id = feedback_submission_id text, company_id text)
-- reads: contact | contacts ?(
--     contact_id = id text,
--     company_id = property_associatedcompanyid | properties_associatedcompanyid | properties.associatedcompanyid text
--         ?)
with
people as (
    select response_id, min(contact_id) as contact_id
    from feedback_submission_contact
    group by response_id
),
companies as (
    select response_id, min(company_id) as company_id
    from feedback_submission_company
    group by response_id
),
answers as (
    select
        f.response_id,
        f.survey,
        f.score,
        f.answered_at,
        -- of a list, "[1, 2]", the first
        coalesce(
            f.person_id, p.contact_id, nullif(split_part(translate(f.contact_ids, '[]{}" ', ''), ',', 1), '')
        ) as person_id,
        coalesce(
            c.company_id, nullif(split_part(translate(f.company_ids, '[]{}" ', ''), ',', 1), '')
        ) as company_id,
        coalesce(f.is_deleted, false) or coalesce(f.fivetran_deleted, false) as removed
    from feedback_submission as f
    left join people as p on p.response_id = f.response_id
    left join companies as c on c.response_id = f.response_id
),
employers as (
    select contact_id, min(company_id) as company_id
    from contact
    group by contact_id
)
select
    coalesce(a.company_id, e.company_id) as account_id,
    a.answered_at,
    a.score,
    a.person_id,
    case
        when a.removed then 'deleted in HubSpot'
        when a.survey is null then 'survey of an unknown kind'
        when a.survey <> ' nps ' then 'survey of another kind'
    end as set_aside
from answers as a
left join employers as e on e.contact_id = a.person_id
