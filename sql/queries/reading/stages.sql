-- The stages of a promotion that have begun, in the order of the walk.
select stage_id, index, kind, state, reason, started_at, ended_at
from promotion_stage
where promotion_id = @id
order by index
