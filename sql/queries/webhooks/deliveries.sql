-- What was sent to a subscriber and what became of it, the newest first.
select id, event_id, event, pipeline, state, created_at, attempts, case when state = 'Pending' then due_at end as next_try_at, last_tried_at, last_status, last_error,
    last_answer, ended_at, resent_at, resent_by, coalesce(claimed_until > @now, false) as under_way
from webhook_delivery
where subscription_id = @subscription
    and (@state::text is null or state = @state)
    and (@after::bigint is null or id < @after)
order by id desc
limit @limit
