-- As insert, for a burst: one statement however many there are, in their order.
insert into outbox (message_id, destination, envelope, body, visible_at, token, sent_by, sent_at, remaining, created_at)
select message_id, destination, envelope::jsonb, body, visible_at, token, sent_by, sent_at, remaining, @now
from unnest(
    @message_ids::uuid[], @destinations::text[], @envelopes::text[], @bodies::bytea[], @visible_ats::timestamptz[], @tokens::uuid[], @sent_bys::uuid[], @sent_ats::timestamptz[], @remainings::int[])
    with ordinality as x (message_id, destination, envelope, body, visible_at, token, sent_by, sent_at, remaining, place)
order by place
