-- Writes what the definitions say now; what was decided and who paused it stays.
insert into schedule (pipeline, name, digest, alone, nominal_at, due_at)
select * from unnest(@pipelines::text[], @names::text[], @digests::text[], @alone::boolean[], @nominal_ats::timestamptz[], @due_ats::timestamptz[])
on conflict (pipeline, name) do update
set digest = excluded.digest, alone = excluded.alone, nominal_at = excluded.nominal_at, due_at = excluded.due_at, taken_until = null
where schedule.digest <> excluded.digest or schedule.alone <> excluded.alone
