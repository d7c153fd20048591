-- Webhooks out: who wants to hear of what, and each event on its way to each of them.
--
-- A delivery is written in the transaction that moves the feed's reader, and is sent later by whichever process claims it: a subscriber that is slow or away
-- holds up neither promotions nor other subscribers.

-- Secrets are kept as they are, because every delivery is signed with them; a key beside the database would protect them from nobody who has both.
create table webhook_subscription (
    id               uuid        not null primary key,
    url              text        not null,
    description      text        null,
    -- Of both lists an empty one means all.
    events           text[]      not null,
    pipelines        text[]      not null,
    secret           text        not null,
    -- While a secret is rotated the one before it signs as well.
    old_secret       text        null,
    old_secret_until timestamptz null,
    created_at       timestamptz not null,
    created_by       text        not null,
    changed_at       timestamptz not null,
    changed_by       text        not null,
    disabled_at      timestamptz null,
    disabled_reason  text        null,
    -- Numbers the events that tell of it.
    disabled_times   int         not null default 0,
    -- Who fails gets one delivery at a time, so that the places are for those who answer.
    failing_since    timestamptz null,
    -- Who asked for a pause is left alone until then.
    quiet_until      timestamptz null
) with (fillfactor = 80);

create table webhook_delivery (
    id              bigint      generated always as identity primary key,
    subscription_id uuid        not null references webhook_subscription (id) on delete cascade,
    event_id        text        not null,
    event           text        not null,
    pipeline        text        not null,
    body            bytea       not null,
    state           text        not null check (state in ('Pending', 'Delivered', 'Failed')),
    created_at      timestamptz not null,
    due_at          timestamptz null,
    attempts        int         not null default 0,
    -- Grows with each process that takes it: one that comes back late names a number that is not the last, and writes nothing.
    claim           int         not null default 0,
    claimed_until   timestamptz null,
    first_tried_at  timestamptz null,
    last_tried_at   timestamptz null,
    last_status     int         null,
    last_error      text        null,
    last_answer     text        null,
    ended_at        timestamptz null,
    resent_at       timestamptz null,
    resent_by       text        null,
    constraint webhook_delivery_once unique (subscription_id, event_id)
) with (fillfactor = 80);

create index webhook_delivery_due on webhook_delivery (subscription_id, due_at, id) where state = 'Pending';
create index webhook_delivery_list on webhook_delivery (subscription_id, id desc);
create index webhook_delivery_age on webhook_delivery using brin (created_at);
