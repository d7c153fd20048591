-- Takes schedules whose promotion has ended while a time of theirs waits for that, with the oldest such time.
with free as (
    select s.pipeline, s.name, w.nominal_at, w.due_at
    from schedule s
    join lateral (
        select r.nominal_at, r.due_at from schedule_run r where r.pipeline = s.pipeline and r.name = s.name and r.outcome = 'Waiting' order by r.nominal_at limit 1) w on true
    where (s.pipeline, s.name) in (select pipeline, name from schedule_run where outcome = 'Waiting')
        and not s.paused and (s.taken_until is null or s.taken_until <= @now) and not s.pipeline || '/' || s.name = any(@strange)
        and not exists (select from promotion p where p.id = s.last_promotion_id and p.ended_at is null)
    order by w.due_at
    limit @limit
    for no key update of s skip locked)
update schedule s set taken_until = @until
from free where s.pipeline = free.pipeline and s.name = free.name
returning s.pipeline, s.name, s.digest, free.nominal_at, free.due_at
