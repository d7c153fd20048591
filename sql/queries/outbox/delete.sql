-- What a broker has confirmed is the broker's. Losing this delete means a repeat, which the inbox swallows.
delete from outbox where message_id = any (@message_ids)
