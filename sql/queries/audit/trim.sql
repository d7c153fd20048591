-- Throws away lines that are too old to matter, a bite at a time.
delete from audit where id in (select id from audit where at < @before limit @limit)
