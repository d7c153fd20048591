-- The durable core: sagas, inbox, outbox, timers.
--
-- One consumed message is one transaction over these three tables. Killed before its commit, nothing happened and the message comes again;
-- killed after it, the inbox swallows the second delivery and the relay sends what the outbox still holds.

-- All machines share one table, because all of them are asked the same two questions: "this one, locked" and "who waits for too long".
-- Rows are rewritten at every step: the free fifth of a page keeps the new version beside the old one.
create table saga (
    saga           text        not null,
    correlation_id uuid        not null,
    current_state  text        not null,
    deadline_at    timestamptz null,
    body           jsonb       not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    constraint saga_pkey primary key (saga, correlation_id)
) with (fillfactor = 80);

create index saga_deadline on saga (deadline_at) where deadline_at is not null;

-- The primary key is the referee: a second delivery waits for the first to commit and then fails on it.
create table inbox (
    message_id  uuid        not null,
    consumer    text        not null,
    consumed_at timestamptz not null,
    constraint inbox_pkey primary key (message_id, consumer)
);

-- Only trimming reads it, and rows arrive in the order of time: a few pages of index are enough.
create index inbox_age on inbox using brin (consumed_at);

-- visible_at is when the relay may take the row: at once, at a timer's time, or when the lease of whoever is sending it has run out.
-- sent_by and remaining are for a transport that keeps messages in memory only: the row stays until its consumers have committed,
-- and the next process sends again what an earlier one had sent.
create table outbox (
    id          bigint      generated always as identity primary key,
    message_id  uuid        not null,
    destination text        not null,
    envelope    jsonb       not null,
    body        bytea       not null,
    visible_at  timestamptz not null,
    token       uuid        null,
    sent_by     uuid        null,
    sent_at     timestamptz null,
    remaining   int         not null,
    created_at  timestamptz not null
) with (fillfactor = 80);

create index outbox_due on outbox (visible_at);
create index outbox_message on outbox (message_id);
create index outbox_token on outbox (token) where token is not null;
