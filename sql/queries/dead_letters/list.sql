-- What waits for somebody, the newest first; all of it when asked; for whoever is limited to some pipelines what is about their promotions.
select id, kind, endpoint, message_id, message_type, promotion_id, reason, times, set_aside_at, replayed_at, replayed_by, octet_length(body) as size
from dead_letter
where (@all or replayed_at is null) and (@after::bigint is null or id < @after)
  and (@reach::text[] is null or exists (select from promotion p where p.id = promotion_id and p.pipeline = any (@reach)))
order by id desc
limit @limit
