-- What waits for somebody, the newest first; all of it when asked.
select id, kind, endpoint, message_id, message_type, promotion_id, reason, times, set_aside_at, replayed_at, replayed_by, octet_length(body) as size
from dead_letter
where (@all or replayed_at is null) and (@after::bigint is null or id < @after)
order by id desc
limit @limit
