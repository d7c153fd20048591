-- Promotions that were accepted a while ago and that no conductor knows: their first message was set aside.
select id, pipeline, requested_by
from promotion p
where ended_at is null and accepted_at < @before
    and not exists (select from saga where saga = 'promotion' and correlation_id = p.id)
order by accepted_at
limit @limit
