-- A send failed: the row waits a moment and not its whole lease, and any relay may have it.
update outbox
set visible_at = @visible_at, sent_by = null, sent_at = null
where message_id = any (@message_ids)
