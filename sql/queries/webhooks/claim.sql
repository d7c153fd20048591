-- Takes what is due, a few of each subscription: beyond the places that it has here already nobody gets more, and who fails gets one.
with due as (
    select d.id
    from webhook_subscription s
    cross join lateral (
        select w.id, w.due_at
        from webhook_delivery w
        where w.subscription_id = s.id and w.state = 'Pending' and w.due_at <= @now and (w.claimed_until is null or w.claimed_until <= @now)
        order by w.due_at, w.id
        limit greatest(0, case when s.failing_since is null then @each::int else 1 end
            - coalesce((select b.places from unnest(@busy::uuid[], @places::int[]) as b (id, places) where b.id = s.id), 0))
        for update skip locked) d
    where s.disabled_at is null and (s.quiet_until is null or s.quiet_until <= @now)
    order by s.failing_since is not null, d.due_at, d.id
    limit @limit)
update webhook_delivery w
set claim = w.claim + 1, claimed_until = @until
from due, webhook_subscription s
where w.id = due.id and s.id = w.subscription_id
returning w.id, w.claim, w.subscription_id, w.event_id, w.event, w.body, w.attempts, s.url, s.secret, case when s.old_secret_until > @now then s.old_secret end as old_secret
