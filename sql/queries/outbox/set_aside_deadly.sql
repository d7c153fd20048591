-- What was in the memory of every process that died, so many times, is not given to the next one: somebody has to look at it.
with deadly as (
    delete from outbox
    where sent_by is not null and sent_by <> @me and releases >= @limit
    returning message_id, destination, envelope, body)
insert into dead_letter (kind, endpoint, destination, message_id, message_type, reason, envelope, body, set_aside_at)
select 'Deadly', regexp_replace(destination, '^.*/', ''), destination, message_id, envelope->'messageTypes'->>0, @reason, envelope, body, @now
from deadly
on conflict (endpoint, message_id) where message_id is not null do nothing
