-- Gives a target that its holder lets go, or that is free, to the first in line, with a larger token; leaves it free while that one has not asked.
with first as (
    select min(place) as place from target_line where target = @target),
next as (
    delete from target_line l using first where l.place = first.place and l.ready_at is not null
    returning l.place, l.stage_id, l.promotion_id),
begun as (
    update target_line l set running = true from next where l.promotion_id = next.promotion_id and l.place <> next.place)
update target_lock
set stage_id = (select stage_id from next), promotion_id = (select promotion_id from next),
    token = case when exists (select from next) then nextval('fencing_token') end,
    taken_at = case when exists (select from next) then @now::timestamptz end
where target = @target and stage_id is not distinct from @stage_id::uuid
returning stage_id, token
