-- The relay takes what is due and what no other relay holds; the lease lets another one have it should this process die.
with due as (
    select id
    from outbox
    where visible_at <= @now
    order by visible_at, id
    limit @limit
    for update skip locked
)
update outbox
set visible_at = @lease_until, sent_by = @sent_by, sent_at = @sent_at
from due
where outbox.id = due.id
returning outbox.id, message_id, destination, envelope::text, body, remaining
