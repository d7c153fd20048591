-- What became of the last times of each schedule of a pipeline, newest first.
select r.name, r.nominal_at, r.due_at, r.outcome, r.reason, r.promotion_id, r.decided_at
from (select unnest(@names::text[]) as name) n
join lateral (
    select * from schedule_run r where r.pipeline = @pipeline and r.name = n.name order by r.nominal_at desc limit @limit) r on true
order by r.name, r.nominal_at desc
