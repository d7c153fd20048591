-- How schedules stand that are in hand: the promotion that has not ended, and how many times wait for that.
select s.pipeline, s.name, s.digest, s.nominal_at, s.due_at, s.paused, s.set_by, s.set_at, p.id as live_id,
    (select count(*)::int from schedule_run r where r.pipeline = s.pipeline and r.name = s.name and r.outcome = 'Waiting') as waiting
from unnest(@pipelines::text[], @names::text[]) as x (pipeline, name)
join schedule s on s.pipeline = x.pipeline and s.name = x.name
left join promotion p on p.id = s.last_promotion_id and p.ended_at is null
