-- The relay sleeps until the next timer and not longer.
select visible_at from outbox where visible_at < 'infinity' order by visible_at limit 1
