-- One of several consumers is done. Updating first takes the lock, so that two at once cannot both believe that the other is last.
update outbox set remaining = remaining - 1 where message_id = @message_id
