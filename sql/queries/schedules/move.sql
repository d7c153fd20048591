-- Moves schedules on to their next time, if they still stand at the one that was decided.
update schedule s
set nominal_at = x.next_nominal, due_at = x.next_due, taken_until = null, last_promotion_id = coalesce(p.id, s.last_promotion_id)
from unnest(@pipelines::text[], @names::text[], @nominal_ats::timestamptz[], @next_nominals::timestamptz[], @next_dues::timestamptz[], @keys::text[])
    as x (pipeline, name, nominal_at, next_nominal, next_due, key)
left join promotion p on p.idempotency_key = x.key
where s.pipeline = x.pipeline and s.name = x.name and s.nominal_at is not distinct from x.nominal_at
