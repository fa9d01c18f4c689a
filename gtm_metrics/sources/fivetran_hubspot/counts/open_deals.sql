-- one row per count of what HubSpot itself has not closed, by the deal's properties, else by its stage
-- reads: deal | deals (stage_id = deal_pipeline_stage_id | property_dealstage | properties_dealstage |
--     properties.dealstage text ?, is_closed = property_hs_is_closed | properties_hs_is_closed |
--     properties.hs_is_closed boolean ?, is_won = property_hs_is_closed_won | properties_hs_is_closed_won |
--     properties.hs_is_closed_won boolean ?, is_lost = property_hs_is_closed_lost | properties_hs_is_closed_lost |
--     properties.hs_is_closed_lost boolean ?)
-- reads: deal_pipeline_stage ?(stage_id text, is_closed boolean ?)
with
stages as (
    select stage_id, max(case when is_closed = true then 1 else 0 end) as closed
    from deal_pipeline_stage
    group by stage_id
)
select count(*) as counted
from deal as d
left join stages as s on s.stage_id = d.stage_id
where
    coalesce(d.is_won, false) = false
    and coalesce(d.is_lost, false) = false
    and coalesce(d.is_closed, s.closed = 1, d.stage_id in ('closedwon', 'closedlost'), false) = false
