-- Rows that are marked as sent by this process; those it never sent (a commit or a claim whose answer was lost) are handed to the relay.
select message_id
from outbox
where sent_by = @me and sent_at < @before
limit @limit
