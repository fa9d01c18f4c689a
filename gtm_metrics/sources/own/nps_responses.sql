-- one row per answer to the 0-10 question
-- reads: nps_responses(account_id, answered_at, score, person_id ?)
select
    account_id,
    answered_at,
    score,
    person_id
from nps_responses
