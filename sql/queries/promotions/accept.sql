-- Accepts a request once: the same request, delivered again, meets the unique key and gets no row.
insert into promotion (id, idempotency_key, pipeline, definition, existing_digest, trigger, requested_by, note, state, accepted_at)
values (@id, @idempotency_key, @pipeline, @definition, @existing_digest, @trigger, @requested_by, @note, 'Accepted', @now)
on conflict (idempotency_key) do nothing
