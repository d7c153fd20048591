-- Sent and never consumed for days, in memory: nobody listens, or the consumer gave the message up.
delete from outbox
where ctid = any (array(select ctid from outbox where sent_by is not null and sent_at < @before limit @limit))
