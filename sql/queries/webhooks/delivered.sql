-- Notes that a subscriber took it, unless another process has claimed it since.
with mine as (
    update webhook_delivery
    set state = 'Delivered', attempts = attempts + 1, due_at = null, claimed_until = null, first_tried_at = coalesce(first_tried_at, @began),
        last_tried_at = @began, last_status = @status, last_error = null, last_answer = @answer, ended_at = @now
    where id = @id and claim = @claim and state = 'Pending'
    returning subscription_id),
well as (
    update webhook_subscription s set failing_since = null from mine where s.id = mine.subscription_id and s.failing_since is not null)
select count(*)::int from mine
