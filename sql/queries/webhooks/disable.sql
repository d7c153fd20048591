-- Sends a subscriber nothing more and tells others of it, once; not when it took something while the delivery that was given up was being tried.
with off as (
    update webhook_subscription s
    set disabled_at = @now, disabled_reason = @reason, disabled_times = s.disabled_times + 1
    where s.id = @id and s.disabled_at is null
        and (@given_up::bigint is null or not exists (
            select from webhook_delivery d
            where d.subscription_id = s.id and d.state = 'Delivered' and d.ended_at >= (select g.first_tried_at from webhook_delivery g where g.id = @given_up)))
    returning s.id, s.disabled_times, s.pipelines),
noted as (
    insert into audit (at, by, action, about, pipelines, data)
    select @now, 'service', 'webhook.disabled', '/webhooks/' || id, nullif(pipelines, '{}'), jsonb_build_object('reason', @reason::text) from off)
insert into feed (promotion_id, seq, event, pipeline, at, line)
select id, disabled_times, 'webhook.disabled', '', @now, jsonb_build_object('reason', @reason::text) from off
