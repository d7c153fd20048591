-- What was replayed long ago and never came back is done with; what waits for somebody stays much longer, and not for ever.
delete from dead_letter
where ctid = any (array(
    select ctid from dead_letter
    where (replayed_at is not null and replayed_at < @before) or (replayed_at is null and set_aside_at < @unseen_before)
    limit @limit))
