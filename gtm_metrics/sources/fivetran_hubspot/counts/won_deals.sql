-- one row per count of what HubSpot itself calls won, by the deal's property, else by its stage
-- reads: deal | deals (stage_id = deal_pipeline_stage_id | property_dealstage | properties_dealstage |
--     properties.dealstage text ?, is_won = property_hs_is_closed_won | properties_hs_is_closed_won |
--     properties.hs_is_closed_won boolean ?)
-- reads: deal_pipeline_stage ?(stage_id text, is_won = closed_won boolean ?)
with
stages as (
    select stage_id, max(case when is_won = true then 1 else 0 end) as won
    from deal_pipeline_stage
    group by stage_id
)
select count(*) as counted
from deal as d
left join stages as s on s.stage_id = d.stage_id
where coalesce(d.is_won, s.won = 1, d.stage_id = 'closedwon') = true
