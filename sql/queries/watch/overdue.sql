-- Sagas that wait past their deadline and whose timer is gone: lost, set aside, or sent to nobody.
-- Whoever is being worked on is left alone, and who was woken in vain is woken less and less often.
select saga, correlation_id, current_state, deadline_at, body::text, driven
from saga s
where deadline_at < @before
    and (driven_at is null or driven_at + make_interval(secs => least(power(2, least(driven, 12)), 60) * @again_seconds) < @now)
    and not exists (select from outbox where token = (s.body->>'waitToken')::uuid)
order by deadline_at
limit @limit
for no key update skip locked
