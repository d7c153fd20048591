-- See unsettled: these rows look sent and were not.
update outbox
set visible_at = @now, sent_by = null, sent_at = null
where message_id = any (@message_ids) and sent_by = @me
