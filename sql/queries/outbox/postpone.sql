-- A send failed: the row waits a moment and not its whole lease.
update outbox
set visible_at = @visible_at, sent_by = null, sent_at = null
where id = any (@ids)
