-- Notes that a subscriber did not take it, and when the next try is; none means that it is given up. Unless another process has claimed it since.
with mine as (
    update webhook_delivery
    set state = case when @next::timestamptz is null then 'Failed' else 'Pending' end, attempts = attempts + 1, due_at = @next, claimed_until = null,
        first_tried_at = coalesce(first_tried_at, @began), last_tried_at = @began, last_status = @status, last_error = @error, last_answer = @answer,
        ended_at = case when @next::timestamptz is null then @now::timestamptz end
    where id = @id and claim = @claim and state = 'Pending'
    returning subscription_id),
ill as (
    update webhook_subscription s
    set failing_since = coalesce(s.failing_since, @began), quiet_until = greatest(s.quiet_until, @quiet_until::timestamptz)
    from mine
    where s.id = mine.subscription_id and (s.failing_since is null or @quiet_until::timestamptz is not null))
select count(*)::int from mine
