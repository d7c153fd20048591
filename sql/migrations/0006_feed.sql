-- What the outside hears: the lines of the timeline that are events for others, in an order that whoever reads on from a position can trust.

-- A number says "everything below is here for good". One that is taken while writing cannot say that: its transaction may commit after a later one, and a
-- reader who has gone by would never see it. So a row is written without a number, together with what it tells, and is numbered when its transaction is over.
-- The order of one promotion is kept: its timeline is written under the lock of its row, so a line that can be seen has all lines before it in sight.
create table feed (
    id           bigint      generated always as identity,
    number       bigint      null,
    promotion_id uuid        not null,
    seq          int         not null,
    event        text        not null,
    pipeline     text        not null,
    at           timestamptz not null,
    line         jsonb       not null
);

create unique index feed_number on feed (number) where number is not null;
create index feed_unnumbered on feed (id) where number is null;
create index feed_age on feed using brin (at);

-- The last number that was given. Its row is the lock under which numbers are given, without gaps.
create table feed_head (last bigint not null);
insert into feed_head values (0);

-- Who reads, and how far each has come. The row is taken with skip locked while its reader works on the next ones, so only one process does.
create table feed_reader (
    reader   text        primary key,
    position bigint      not null,
    moved_at timestamptz not null
);

-- The event that a line of the timeline is for others; null when it is of the house.
create function feed_event(kind text, content jsonb) returns text language sql immutable as $$
    select case kind
        when 'accepted' then 'promotion.accepted'
        when 'needs-attention' then 'promotion.needs-attention'
        when 'drift' then 'drift.seen'
        when 'promotion' then case content ->> 'state'
            when 'Succeeded' then 'promotion.succeeded'
            when 'Failed' then 'promotion.failed'
            when 'RolledBack' then 'promotion.rolled-back'
            when 'Aborted' then 'promotion.aborted'
            when 'Superseded' then 'promotion.superseded' end
        when 'stage' then case content ->> 'state'
            -- Only a beginning has no word about a reason.
            when 'Running' then case when not content ? 'reason' then 'stage.started' end
            when 'Succeeded' then 'stage.succeeded'
            when 'Failed' then 'stage.failed'
            when 'RolledBack' then 'stage.failed'
            when 'Cancelled' then 'stage.cancelled' end
        when 'replica' then case content ->> 'state'
            when 'Deployed' then 'replica.deployed'
            when 'Restored' then 'replica.restored' end
        end
$$;

-- What was last rolled out to a replica is asked once a rollout, over all history: whoever runs something else has drifted.
create index promotion_replica_last on promotion_replica (target, replica, touched_at desc) where touched_at is not null;

create function feed_the_line() returns trigger language plpgsql as $$
begin
    insert into feed (promotion_id, seq, event, pipeline, at, line)
    select new.promotion_id, new.seq, feed_event(new.type, new.data), p.pipeline, new.at, new.data
    from promotion p where p.id = new.promotion_id;
    return null;
end $$;

-- On the timeline itself: whoever tells something, by whichever way, cannot forget the others.
create trigger promotion_event_feeds after insert on promotion_event
    for each row when (feed_event(new.type, new.data) is not null) execute function feed_the_line();
