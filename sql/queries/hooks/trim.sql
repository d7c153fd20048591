-- Throws away notes of deliveries that are too old to matter, a bite at a time.
delete from hook_delivery where id in (select id from hook_delivery where at < @before limit @limit)
