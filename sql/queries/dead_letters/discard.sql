-- Somebody has looked and does not want it.
delete from dead_letter
where id = @id and (@reach::text[] is null or exists (select from promotion p where p.id = promotion_id and p.pipeline = any (@reach)))
returning message_type, promotion_id, endpoint, reason, (select p.pipeline from promotion p where p.id = promotion_id) as pipeline
