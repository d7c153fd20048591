-- Marks it as replayed, once: of two who press at the same time one sends it.
update dead_letter
set replayed_at = @now, replayed_by = @by
where id = @id and replayed_at is null and (@reach::text[] is null or exists (select from promotion p where p.id = promotion_id and p.pipeline = any (@reach)))
returning message_id, message_type, destination, envelope::text as envelope, body,
    (select p.pipeline from promotion p where p.id = promotion_id) as pipeline
