-- What nobody could consume, who waits for too long, and what may go: so that nothing is lost, nothing stands still and nothing grows without bound.

-- A message that its consumer gave up, or that nobody here knows: set aside whole, with the reason, and replayed when somebody says so.
-- In the database and not in a broker's queue, so that it is the same with either transport, seen in one place, and part of every backup.
create table dead_letter (
    id           bigint      generated always as identity primary key,
    kind         text        not null check (kind in ('Failed', 'Unknown', 'Deadly')),
    endpoint     text        not null,
    destination  text        not null,
    message_id   uuid        null,
    message_type text        null,
    promotion_id uuid        null,
    reason       text        not null,
    error        text        null,
    envelope     jsonb       not null,
    body         bytea       not null,
    times        int         not null default 1,
    set_aside_at timestamptz not null,
    replayed_at  timestamptz null,
    replayed_by  text        null
);

-- Replayed and failed again, it is the same one: one row that counts.
create unique index dead_letter_message on dead_letter (endpoint, message_id) where message_id is not null;
create index dead_letter_waiting on dead_letter (id) where replayed_at is null;
create index dead_letter_replayed on dead_letter (replayed_at) where replayed_at is not null;

-- A message in a process's memory that was there whenever a process died may be what kills it.
alter table outbox add column releases int not null default 0;

-- When the watchdog last had to wake a saga, and how often: it is patient with those that it woke in vain.
alter table saga add column driven_at timestamptz null;
alter table saga add column driven int not null default 0;
-- What rests has no deadline; housekeeping asks for the oldest of those.
create index saga_rest on saga (updated_at) where deadline_at is null;

-- Where a snapshot came from is history and stays; the flows themselves go when nothing has referred to them for long.
alter table snapshot_provenance drop constraint snapshot_provenance_digest_fkey;
create index snapshot_age on snapshot (stored_at);
create index promotion_snapshot on promotion (snapshot_digest) where snapshot_digest is not null;
create index promotion_existing on promotion (existing_digest) where existing_digest is not null;
create index promotion_replica_before on promotion_replica (before_revision);
create index promotion_ended on promotion (ended_at) where ended_at is not null;
