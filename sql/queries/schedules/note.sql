-- Writes down what became of times; one that waited is decided now. A promotion is found by its key, whoever has started it.
insert into schedule_run as r (pipeline, name, nominal_at, due_at, outcome, reason, promotion_id, decided_at)
select x.pipeline, x.name, x.nominal_at, x.due_at, x.outcome, x.reason, p.id, @now
from unnest(@pipelines::text[], @names::text[], @nominal_ats::timestamptz[], @due_ats::timestamptz[], @outcomes::text[], @reasons::text[], @keys::text[])
    as x (pipeline, name, nominal_at, due_at, outcome, reason, key)
left join promotion p on p.idempotency_key = x.key
on conflict (pipeline, name, nominal_at) do update
set outcome = excluded.outcome, reason = excluded.reason, promotion_id = excluded.promotion_id, decided_at = excluded.decided_at
where r.outcome = 'Waiting'
