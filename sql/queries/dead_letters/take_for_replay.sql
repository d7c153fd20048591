-- Marks it as replayed, once: of two who press at the same time one sends it.
update dead_letter
set replayed_at = @now, replayed_by = @by
where id = @id and replayed_at is null
returning message_id, destination, envelope::text as envelope, body
