-- With a transport in memory the row goes in the transaction of the consumer that was its last.
delete from outbox where message_id = @message_id and remaining <= 1
