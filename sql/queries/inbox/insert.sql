-- The referee: of two deliveries of one message one commits, the other fails on the primary key.
insert into inbox (message_id, consumer, consumed_at) values (@message_id, @consumer, @now)
