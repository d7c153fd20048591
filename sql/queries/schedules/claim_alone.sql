-- Takes schedules that are due and that ask first, for as long as the asking may take; nothing is held meanwhile.
with due as (
    select pipeline, name
    from schedule
    where alone and not paused and due_at <= @now and (taken_until is null or taken_until <= @now) and not pipeline || '/' || name = any(@strange)
    order by due_at
    limit @limit
    for no key update skip locked)
update schedule s set taken_until = @until
from due where s.pipeline = due.pipeline and s.name = due.name
returning s.pipeline, s.name, s.digest, s.nominal_at, s.due_at
