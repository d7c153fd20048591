-- Says who holds a target, for a reason that people read.
select p.id, p.pipeline, p.state, p.requested_by
from target_lock l join promotion p on p.id = l.promotion_id
where l.target = @target
