-- A cheap look before the work, so that a repeated message does not ask a replica again.
select exists (select from inbox where message_id = @message_id and consumer = @consumer)
