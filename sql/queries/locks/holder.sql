-- Says who holds a target, or is first in line for it, for a reason that people read.
select p.id, p.pipeline, p.state, p.requested_by, held
from (
    select promotion_id, true as held, 0 as place from target_lock where target = @target and promotion_id is not null
    union all
    select promotion_id, false, place from target_line where target = @target and stage_id <> @stage_id) x
join promotion p on p.id = x.promotion_id
order by x.place
limit 1
