-- Accepts a request once, with the first line of its timeline: the same request, delivered again, meets the unique key and gets no row.
with accepted as (
    insert into promotion (id, idempotency_key, pipeline, definition, existing_digest, trigger, requested_by, note, state, accepted_at, last_seq, last_hash)
    values (@id, @idempotency_key, @pipeline, @definition, @existing_digest, @trigger, @requested_by, @note, 'Accepted', @now, 1,
        event_hash('\x', @id, 1, @now, 'accepted', @line::jsonb))
    on conflict (idempotency_key) do nothing
    returning id, last_hash)
insert into promotion_event (promotion_id, seq, at, type, data, hash)
select id, 1, @now, 'accepted', @line::jsonb, last_hash from accepted
