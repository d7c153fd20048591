-- What the migrations add up to. Written by a test; do not edit.

create table inbox (
    message_id uuid not null,
    consumer text not null,
    consumed_at timestamp with time zone not null,
    constraint inbox_pkey PRIMARY KEY (message_id, consumer)
);
CREATE INDEX inbox_age on inbox USING brin (consumed_at);

create table outbox (
    id bigint not null generated always as identity,
    message_id uuid not null,
    destination text not null,
    envelope jsonb not null,
    body bytea not null,
    visible_at timestamp with time zone not null,
    token uuid,
    sent_by uuid,
    sent_at timestamp with time zone,
    remaining integer not null,
    created_at timestamp with time zone not null,
    constraint outbox_pkey PRIMARY KEY (id)
) with (fillfactor=80);
CREATE INDEX outbox_due on outbox USING btree (visible_at);
CREATE INDEX outbox_message on outbox USING btree (message_id);
CREATE INDEX outbox_token on outbox USING btree (token) WHERE (token IS NOT NULL);

create table saga (
    saga text not null,
    correlation_id uuid not null,
    current_state text not null,
    deadline_at timestamp with time zone,
    body jsonb not null,
    created_at timestamp with time zone not null,
    updated_at timestamp with time zone not null,
    constraint saga_pkey PRIMARY KEY (saga, correlation_id)
) with (fillfactor=80);
CREATE INDEX saga_deadline on saga USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);

create table schema_migration (
    name text not null,
    checksum text not null,
    applied_at timestamp with time zone not null default now(),
    constraint schema_migration_pkey PRIMARY KEY (name)
);
