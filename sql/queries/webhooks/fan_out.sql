-- Writes a delivery for everybody who wants to hear of an event; a subscription that is just being deleted is waited for and left out.
insert into webhook_delivery (subscription_id, event_id, event, pipeline, body, state, created_at, due_at)
select s.id, e.event_id, e.event, e.pipeline, e.body, 'Pending', @now, @now
from unnest(@event_ids::text[], @events::text[], @pipelines::text[], @bodies::bytea[]) with ordinality as e (event_id, event, pipeline, body, place)
join webhook_subscription s
    on s.disabled_at is null and (s.events = '{}' or e.event = any (s.events)) and (s.pipelines = '{}' or e.pipeline = any (s.pipelines))
order by e.place
for key share of s
on conflict (subscription_id, event_id) do nothing
