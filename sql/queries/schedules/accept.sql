-- Accepts many scheduled requests in one statement, each with the first line of its timeline. What was accepted before, under the same key, gets no row.
-- Definitions in the order of their digests, so that two processes that store the same ones never wait for each other.
with pinned as (
    insert into definition (digest, body)
    select digest, body from unnest(@pin_digests::text[], @pin_bodies::jsonb[]) as d (digest, body) order by digest
    on conflict (digest) do nothing),
asked as (
    select *, event_hash('\x', id, 1, @now, 'accepted', line) as hash
    from unnest(@ids::uuid[], @keys::text[], @pipelines::text[], @definitions::text[], @requesters::text[], @notes::text[], @lines::jsonb[])
        as a (id, key, pipeline, definition, requester, note, line)),
accepted as (
    insert into promotion (id, idempotency_key, pipeline, definition, trigger, requested_by, note, state, accepted_at, last_seq, last_hash)
    select id, key, pipeline, definition, @trigger, requester, note, 'Accepted', @now, 1, hash from asked
    on conflict (idempotency_key) do nothing
    returning id)
insert into promotion_event (promotion_id, seq, at, type, data, hash)
select a.id, 1, @now, 'accepted', a.line, a.hash
from asked a join accepted using (id)
returning promotion_id
