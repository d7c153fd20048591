-- Subscriptions, never their secrets; who is limited to some pipelines sees those that hear of no others. How many deliveries wait is counted up to a limit, so that the question stays cheap.
select s.id, s.url, s.description, s.events, s.pipelines, s.created_at, s.created_by, s.changed_at, s.changed_by, s.disabled_at, s.disabled_reason, s.failing_since,
    s.quiet_until, case when s.old_secret_until > @now then s.old_secret_until end as old_secret_until,
    (select count(*)::int from (select from webhook_delivery d where d.subscription_id = s.id and d.state = 'Pending' limit 1000) as waiting) as waiting
from webhook_subscription s
where (@id::uuid is null or s.id = @id) and (@reach::text[] is null or (s.pipelines <> '{}' and s.pipelines <@ @reach))
order by s.created_at, s.id
