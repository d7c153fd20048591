-- Sagas of promotions that have ended long ago; the promotions' own rows and their timelines stay. A live promotion keeps all of its sagas, also those that rest.
delete from saga
where ctid = any (array(
    select s.ctid
    from saga s
    where s.deadline_at is null and s.updated_at < @before
        and not exists (
            select from promotion p
            where p.id = coalesce((s.body->>'promotionId')::uuid, (s.body->'which'->>'promotionId')::uuid, s.correlation_id)
                and (p.ended_at is null or p.ended_at >= @before))
    order by s.updated_at
    limit @limit))
