-- Waits for whoever is taking, leaving or standing in line right now, and keeps others waiting: what they wrote must be seen by the next query.
insert into target_lock as l (target) values (@target)
on conflict (target) do update set target = excluded.target
returning l.stage_id, l.token
