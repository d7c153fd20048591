-- When the next schedule is due that this process may start.
select due_at from schedule
where alone = @alone and not paused and due_at is not null and not pipeline || '/' || name = any(@strange)
order by due_at
limit 1
