-- Hands a target to the first in line, with a larger token, or leaves it free.
with next as (
    delete from target_line
    where place = (select min(place) from target_line where target = @target)
    returning stage_id, promotion_id)
update target_lock
set stage_id = (select stage_id from next), promotion_id = (select promotion_id from next),
    token = case when exists (select from next) then nextval('fencing_token') end,
    taken_at = case when exists (select from next) then @now::timestamptz end
where target = @target and stage_id = @stage_id
returning stage_id, token
