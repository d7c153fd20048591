-- Nothing is delivered again after days; old rows go in small bites that hold no lock for long.
delete from inbox
where ctid = any (array(select ctid from inbox where consumed_at < @before limit @limit))
