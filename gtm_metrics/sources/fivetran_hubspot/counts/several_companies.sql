-- one row per count of deals of several companies, none of them the primary one: that of the smallest id is taken
-- reads: deal | deals (deal_id = deal_id | id text, company_id = property_hs_primary_associated_company |
--     properties_hs_primary_associated_company | properties.hs_primary_associated_company text ?)
-- reads: deal_company ?(deal_id text, company_id text, type_id text ?)
select count(*) as counted
from (
    select c.deal_id
    from deal_company as c
    join deal as d on d.deal_id = c.deal_id
    where d.company_id is null
    group by c.deal_id
    having count(distinct c.company_id) > 1 and max(case when c.type_id = '5' then 1 else 0 end) = 0
) as unclear
