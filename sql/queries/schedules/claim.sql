-- Takes schedules that are due and that start together with others; another process takes the next ones.
-- Those that this process has another text of are not its own to start.
select pipeline, name, digest, nominal_at, due_at
from schedule
where not alone and not paused and due_at <= @now and not pipeline || '/' || name = any(@strange)
order by due_at
limit @limit
for no key update skip locked
