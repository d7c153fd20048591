-- Tokens that are limited to some pipelines, and who changed what else than promotions: those have their timelines, and everything that is not
-- about one promotion (tokens, schedules, webhooks, messages that were set aside) has a line here, written in the transaction of the change.

-- Null is every pipeline. None at all would be a token for nothing, and must never be read as one for everything.
alter table api_token add column pipelines text[] null check (cardinality(pipelines) > 0);

create table audit (
    id        bigint      generated always as identity primary key,
    at        timestamptz not null,
    -- Who asked: the name of a token, "settings" for what the configuration says, "service" for what the service decided.
    by        text        not null,
    -- The token that was used; names of tokens are never given twice.
    token_id  uuid        null,
    action    text        not null,
    -- The address of what was changed, as the API knows it.
    about     text        not null,
    -- The pipelines that it concerns; null is all, or none in particular.
    pipelines text[]      null,
    -- What it was changed to; never secrets.
    data      jsonb       not null
);

create index audit_age on audit using brin (at);

-- Old lines go by housekeeping; none is changed.
create trigger audit_is_not_changed before update on audit for each row execute function refuse_change();
create trigger audit_is_not_emptied before truncate on audit for each statement execute function refuse_change();
