-- How the schedules of a pipeline stand, for people.
select s.pipeline, s.name, s.digest, s.nominal_at, s.due_at, s.paused, s.set_by, s.set_at, p.id as live_id,
    (select count(*)::int from schedule_run r where r.pipeline = s.pipeline and r.name = s.name and r.outcome = 'Waiting') as waiting
from schedule s left join promotion p on p.id = s.last_promotion_id and p.ended_at is null
where s.pipeline = @pipeline
order by s.name
