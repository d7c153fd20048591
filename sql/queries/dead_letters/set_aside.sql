-- Sets a message aside; one that was replayed and failed again counts in its row and waits once more.
insert into dead_letter (kind, endpoint, destination, message_id, message_type, promotion_id, reason, error, envelope, body, set_aside_at)
values (@kind, @endpoint, @destination, @message_id, @message_type, @promotion_id, @reason, @error, @envelope::jsonb, @body, @now)
on conflict (endpoint, message_id) where message_id is not null do update
set kind = excluded.kind, reason = excluded.reason, error = excluded.error, times = dead_letter.times + 1,
    set_aside_at = excluded.set_aside_at, replayed_at = null, replayed_by = null
