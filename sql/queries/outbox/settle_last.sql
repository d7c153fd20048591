-- After settle_one: the last consumer takes the row away.
delete from outbox where message_id = @message_id and remaining <= 0
