-- Finds the oldest promotion that holds one of the targets, or stands in line for one.
select p.id, p.pipeline, p.state, p.requested_by
from promotion p
where p.ended_at is null and p.id <> @promotion_id
  and p.id in (select promotion_id from target_lock where target = any(@targets) union select promotion_id from target_line where target = any(@targets))
order by p.accepted_at, p.id
limit 1
