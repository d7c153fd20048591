-- What came to a hook and what became of it, newest first: accepted deliveries are the promotions that they began.
select *
from (
    (select 'p' || id as id, substr(idempotency_key, length('hook:' || pipeline || ':') + 1) as delivery, 'Accepted' as outcome, 202 as status,
            null::text as reason, id as promotion_id, null::text as sender, accepted_at as at
     from promotion
     where pipeline = @pipeline and trigger = 'webhook' and (@before_at::timestamptz is null or (accepted_at, 'p' || id) < (@before_at, @before_id::text))
     order by accepted_at desc, 'p' || id desc
     limit @limit)
    union all
    (select 'd' || id, delivery, outcome, status, reason, promotion_id, sender, at
     from hook_delivery
     where pipeline = @pipeline and (@before_at::timestamptz is null or (at, 'd' || id) < (@before_at, @before_id::text))
     order by at desc, 'd' || id desc
     limit @limit)) x
order by at desc, id desc
limit @limit
