-- Sends a delivery again, at once and under its own id: what has ended begins its tries anew. Not while it is being sent, nor to a subscriber that is disabled.
with again as (
    update webhook_delivery d
    set attempts = case when d.state = 'Pending' then d.attempts else 0 end,
        first_tried_at = case when d.state = 'Pending' then d.first_tried_at end,
        state = 'Pending', due_at = @now, claimed_until = null, ended_at = null, resent_at = @now, resent_by = @by
    from webhook_subscription s
    where d.id = @id and d.subscription_id = @subscription and s.id = d.subscription_id and s.disabled_at is null
        and (d.claimed_until is null or d.claimed_until <= @now)
    returning d.subscription_id, d.event_id, d.event, d.pipeline),
awake as (
    update webhook_subscription s set quiet_until = null from again where s.id = again.subscription_id and s.quiet_until is not null)
select event_id, event, nullif(pipeline, '') as pipeline from again
