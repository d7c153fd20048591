-- How many wait for somebody; readiness says it. Counted up to a limit, so that the question stays cheap.
select count(*)::int from (select from dead_letter where replayed_at is null limit 1000) as waiting
