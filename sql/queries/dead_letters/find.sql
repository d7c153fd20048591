-- One of them, with everything.
select id, kind, endpoint, message_id, message_type, promotion_id, reason, times, set_aside_at, replayed_at, replayed_by, octet_length(body) as size,
    error, envelope::text as envelope, body
from dead_letter
where id = @id and (@reach::text[] is null or exists (select from promotion p where p.id = promotion_id and p.pipeline = any (@reach)))
