-- What the migrations add up to. Written by a test; do not edit.

create table api_token (
    id uuid not null,
    name text not null,
    hash bytea not null,
    scopes text[] not null,
    created_at timestamp with time zone not null,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    pipelines text[],
    constraint api_token_hash_key UNIQUE (hash),
    constraint api_token_name_key UNIQUE (name),
    constraint api_token_pipelines_check CHECK ((cardinality(pipelines) > 0)),
    constraint api_token_pkey PRIMARY KEY (id)
);

create table audit (
    id bigint not null generated always as identity,
    at timestamp with time zone not null,
    by text not null,
    token_id uuid,
    action text not null,
    about text not null,
    pipelines text[],
    data jsonb not null,
    constraint audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_age on audit USING brin (at);

create table dead_letter (
    id bigint not null generated always as identity,
    kind text not null,
    endpoint text not null,
    destination text not null,
    message_id uuid,
    message_type text,
    promotion_id uuid,
    reason text not null,
    error text,
    envelope jsonb not null,
    body bytea not null,
    times integer not null default 1,
    set_aside_at timestamp with time zone not null,
    replayed_at timestamp with time zone,
    replayed_by text,
    constraint dead_letter_kind_check CHECK ((kind = ANY (ARRAY['Failed'::text, 'Unknown'::text, 'Deadly'::text]))),
    constraint dead_letter_pkey PRIMARY KEY (id)
);
CREATE INDEX dead_letter_replayed on dead_letter USING btree (replayed_at) WHERE (replayed_at IS NOT NULL);
CREATE INDEX dead_letter_waiting on dead_letter USING btree (id) WHERE (replayed_at IS NULL);
CREATE UNIQUE INDEX dead_letter_message on dead_letter USING btree (endpoint, message_id) WHERE (message_id IS NOT NULL);

create table definition (
    digest text not null,
    body jsonb not null,
    constraint definition_pkey PRIMARY KEY (digest)
);

create table feed (
    id bigint not null generated always as identity,
    number bigint,
    promotion_id uuid not null,
    seq integer not null,
    event text not null,
    pipeline text not null,
    at timestamp with time zone not null,
    line jsonb not null
);
CREATE INDEX feed_age on feed USING brin (at);
CREATE INDEX feed_unnumbered on feed USING btree (id) WHERE (number IS NULL);
CREATE UNIQUE INDEX feed_number on feed USING btree (number) WHERE (number IS NOT NULL);

create table feed_head (
    last bigint not null
);

create table feed_reader (
    reader text not null,
    position bigint not null,
    moved_at timestamp with time zone not null,
    constraint feed_reader_pkey PRIMARY KEY (reader)
);

create table finding (
    stage_id uuid not null,
    ordinal integer not null,
    promotion_id uuid not null,
    rule text not null,
    severity text not null,
    reason text not null,
    cure text not null,
    replica text,
    node_id text,
    node_name text,
    node_type text,
    tab text,
    property text,
    constraint finding_pkey PRIMARY KEY (stage_id, ordinal),
    constraint finding_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id)
);
CREATE INDEX finding_promotion on finding USING btree (promotion_id);

create table hook_delivery (
    id bigint not null generated always as identity,
    pipeline text not null,
    delivery text,
    outcome text not null,
    status integer not null,
    reason text,
    promotion_id uuid,
    sender text,
    at timestamp with time zone not null,
    constraint hook_delivery_outcome_check CHECK ((outcome = ANY (ARRAY['Duplicate'::text, 'Refused'::text]))),
    constraint hook_delivery_pkey PRIMARY KEY (id)
);
CREATE INDEX hook_delivery_age on hook_delivery USING brin (at);
CREATE INDEX hook_delivery_pipeline on hook_delivery USING btree (pipeline, at DESC);

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
    releases integer not null default 0,
    constraint outbox_pkey PRIMARY KEY (id)
) with (fillfactor=80);
CREATE INDEX outbox_due on outbox USING btree (visible_at);
CREATE INDEX outbox_message on outbox USING btree (message_id);
CREATE INDEX outbox_token on outbox USING btree (token) WHERE (token IS NOT NULL);

create table promotion (
    id uuid not null,
    idempotency_key text not null,
    pipeline text not null,
    definition text not null,
    existing_digest text,
    trigger text not null,
    requested_by text not null,
    note text,
    state text not null,
    reason text,
    snapshot_digest text,
    accepted_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    last_seq integer not null default 0,
    last_hash bytea not null default '\x'::bytea,
    superseded_by uuid,
    constraint promotion_definition_fkey FOREIGN KEY (definition) REFERENCES definition(digest),
    constraint promotion_pkey PRIMARY KEY (id),
    constraint promotion_superseded_by_fkey FOREIGN KEY (superseded_by) REFERENCES promotion(id)
) with (fillfactor=80);
CREATE INDEX promotion_ended on promotion USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX promotion_existing on promotion USING btree (existing_digest) WHERE (existing_digest IS NOT NULL);
CREATE INDEX promotion_hook on promotion USING btree (pipeline, accepted_at DESC) WHERE (trigger = 'webhook'::text);
CREATE INDEX promotion_live on promotion USING btree (accepted_at) WHERE (ended_at IS NULL);
CREATE INDEX promotion_newest on promotion USING btree (accepted_at DESC, id DESC);
CREATE INDEX promotion_pipeline on promotion USING btree (pipeline, accepted_at DESC, id DESC);
CREATE INDEX promotion_snapshot on promotion USING btree (snapshot_digest) WHERE (snapshot_digest IS NOT NULL);
CREATE UNIQUE INDEX promotion_idempotency_key on promotion USING btree (idempotency_key);

create table promotion_diff (
    stage_id uuid not null,
    target text not null,
    promotion_id uuid not null,
    size integer not null,
    compressed bytea not null,
    constraint promotion_diff_pkey PRIMARY KEY (stage_id, target),
    constraint promotion_diff_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id)
);
CREATE INDEX promotion_diff_promotion on promotion_diff USING btree (promotion_id);

create table promotion_event (
    promotion_id uuid not null,
    seq integer not null,
    at timestamp with time zone not null,
    type text not null,
    data jsonb not null,
    hash bytea not null,
    constraint promotion_event_pkey PRIMARY KEY (promotion_id, seq),
    constraint promotion_event_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id)
);

create table promotion_replica (
    stage_id uuid not null,
    index integer not null,
    promotion_id uuid not null,
    target text not null,
    replica text not null,
    before_revision text not null,
    before_ran boolean not null,
    wave integer,
    touched_at timestamp with time zone,
    state text not null,
    attempt integer not null default 0,
    last_error text,
    runs text,
    problem text,
    updated_at timestamp with time zone not null,
    constraint promotion_replica_pkey PRIMARY KEY (stage_id, index),
    constraint promotion_replica_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id)
) with (fillfactor=80);
CREATE INDEX promotion_replica_before on promotion_replica USING btree (before_revision);
CREATE INDEX promotion_replica_last on promotion_replica USING btree (target, replica, touched_at DESC) WHERE (touched_at IS NOT NULL);
CREATE INDEX promotion_replica_promotion on promotion_replica USING btree (promotion_id);

create table promotion_stage (
    stage_id uuid not null,
    promotion_id uuid not null,
    index integer not null,
    kind text not null,
    state text not null,
    reason text,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    constraint promotion_stage_pkey PRIMARY KEY (stage_id),
    constraint promotion_stage_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id),
    constraint promotion_stage_promotion_id_index_key UNIQUE (promotion_id, index)
) with (fillfactor=80);

create table saga (
    saga text not null,
    correlation_id uuid not null,
    current_state text not null,
    deadline_at timestamp with time zone,
    body jsonb not null,
    created_at timestamp with time zone not null,
    updated_at timestamp with time zone not null,
    driven_at timestamp with time zone,
    driven integer not null default 0,
    constraint saga_pkey PRIMARY KEY (saga, correlation_id)
) with (fillfactor=80);
CREATE INDEX saga_deadline on saga USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);
CREATE INDEX saga_rest on saga USING btree (updated_at) WHERE (deadline_at IS NULL);

create table schedule (
    pipeline text not null,
    name text not null,
    digest text not null,
    alone boolean not null,
    nominal_at timestamp with time zone,
    due_at timestamp with time zone,
    taken_until timestamp with time zone,
    last_promotion_id uuid,
    paused boolean not null default false,
    set_by text,
    set_at timestamp with time zone,
    constraint schedule_last_promotion_id_fkey FOREIGN KEY (last_promotion_id) REFERENCES promotion(id),
    constraint schedule_pkey PRIMARY KEY (pipeline, name)
) with (fillfactor=80);
CREATE INDEX schedule_due on schedule USING btree (alone, due_at) WHERE ((due_at IS NOT NULL) AND (NOT paused));

create table schedule_run (
    pipeline text not null,
    name text not null,
    nominal_at timestamp with time zone not null,
    due_at timestamp with time zone not null,
    outcome text not null,
    reason text,
    promotion_id uuid,
    decided_at timestamp with time zone not null,
    constraint schedule_run_outcome_check CHECK ((outcome = ANY (ARRAY['Started'::text, 'Waiting'::text, 'Skipped'::text, 'Missed'::text, 'Unchanged'::text, 'Refused'::text]))),
    constraint schedule_run_pkey PRIMARY KEY (pipeline, name, nominal_at),
    constraint schedule_run_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotion(id)
);
CREATE INDEX schedule_run_age on schedule_run USING brin (decided_at);
CREATE INDEX schedule_run_waiting on schedule_run USING btree (pipeline, name, nominal_at) WHERE (outcome = 'Waiting'::text);

create table schema_migration (
    name text not null,
    checksum text not null,
    applied_at timestamp with time zone not null default now(),
    constraint schema_migration_pkey PRIMARY KEY (name)
);

create table snapshot (
    digest text not null,
    size integer not null,
    compressed bytea not null,
    stored_at timestamp with time zone not null,
    constraint snapshot_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    constraint snapshot_pkey PRIMARY KEY (digest)
);
CREATE INDEX snapshot_age on snapshot USING btree (stored_at);

create table snapshot_provenance (
    id bigint not null generated always as identity,
    digest text not null,
    promotion_id uuid not null,
    instance text not null,
    node_red_version text not null,
    types jsonb not null,
    requested_by text not null,
    taken_at timestamp with time zone not null,
    constraint snapshot_provenance_pkey PRIMARY KEY (id)
);
CREATE INDEX snapshot_provenance_digest on snapshot_provenance USING btree (digest, taken_at DESC);

create table target_line (
    place bigint not null generated always as identity,
    target text not null,
    stage_id uuid not null,
    promotion_id uuid not null,
    ready_at timestamp with time zone,
    running boolean not null default false,
    constraint target_line_pkey PRIMARY KEY (place),
    constraint target_line_stage_id_key UNIQUE (stage_id)
);
CREATE INDEX target_line_promotion on target_line USING btree (promotion_id);
CREATE INDEX target_line_target on target_line USING btree (target, place);

create table target_lock (
    target text not null,
    stage_id uuid,
    promotion_id uuid,
    token bigint,
    taken_at timestamp with time zone,
    constraint target_lock_pkey PRIMARY KEY (target)
);

create table webhook_delivery (
    id bigint not null generated always as identity,
    subscription_id uuid not null,
    event_id text not null,
    event text not null,
    pipeline text not null,
    body bytea not null,
    state text not null,
    created_at timestamp with time zone not null,
    due_at timestamp with time zone,
    attempts integer not null default 0,
    claim integer not null default 0,
    claimed_until timestamp with time zone,
    first_tried_at timestamp with time zone,
    last_tried_at timestamp with time zone,
    last_status integer,
    last_error text,
    last_answer text,
    ended_at timestamp with time zone,
    resent_at timestamp with time zone,
    resent_by text,
    constraint webhook_delivery_once UNIQUE (subscription_id, event_id),
    constraint webhook_delivery_pkey PRIMARY KEY (id),
    constraint webhook_delivery_state_check CHECK ((state = ANY (ARRAY['Pending'::text, 'Delivered'::text, 'Failed'::text]))),
    constraint webhook_delivery_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES webhook_subscription(id) ON DELETE CASCADE
) with (fillfactor=80);
CREATE INDEX webhook_delivery_age on webhook_delivery USING brin (created_at);
CREATE INDEX webhook_delivery_due on webhook_delivery USING btree (subscription_id, due_at, id) WHERE (state = 'Pending'::text);
CREATE INDEX webhook_delivery_list on webhook_delivery USING btree (subscription_id, id DESC);

create table webhook_subscription (
    id uuid not null,
    url text not null,
    description text,
    events text[] not null,
    pipelines text[] not null,
    secret text not null,
    old_secret text,
    old_secret_until timestamp with time zone,
    created_at timestamp with time zone not null,
    created_by text not null,
    changed_at timestamp with time zone not null,
    changed_by text not null,
    disabled_at timestamp with time zone,
    disabled_reason text,
    disabled_times integer not null default 0,
    failing_since timestamp with time zone,
    quiet_until timestamp with time zone,
    constraint webhook_subscription_pkey PRIMARY KEY (id)
) with (fillfactor=80);

CREATE OR REPLACE FUNCTION public.event_hash(before bytea, id uuid, number integer, moment timestamp with time zone, kind text, content jsonb)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
    select sha256(before || convert_to(
        id::text || '|' || number::text || '|' || (extract(epoch from moment) * 1000000)::bigint::text || '|' || kind || '|' || content::text, 'UTF8'));
$function$;

CREATE OR REPLACE FUNCTION public.feed_event(kind text, content jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.feed_the_line()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
    event text := feed_event(new.type, new.data);
begin
    if event is not null then
        insert into feed (promotion_id, seq, event, pipeline, at, line)
        select new.promotion_id, new.seq, event, p.pipeline, new.at, new.data
        from promotion p where p.id = new.promotion_id;
    end if;
    return null;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    raise exception '% is only ever added to.', tg_table_name using errcode = 'integrity_constraint_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_to_leave_an_end()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    if old.ended_at is not null and (new.state is distinct from old.state or new.ended_at is distinct from old.ended_at) then
        raise exception 'Promotion % has ended as % and stays so.', old.id, old.state using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $function$;

CREATE OR REPLACE FUNCTION public.tell(id uuid, moment timestamp with time zone, kind text, content jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
    head record;
    digest bytea;
begin
    -- The promotion's row is the lock that keeps the numbers without gaps.
    select last_seq + 1 as seq, last_hash into head from promotion p where p.id = tell.id for no key update;
    if not found then
        return;
    end if;
    digest := event_hash(head.last_hash, id, head.seq, moment, kind, content);
    insert into promotion_event (promotion_id, seq, at, type, data, hash) values (id, head.seq, moment, kind, content, digest);
    update promotion p set last_seq = head.seq, last_hash = digest where p.id = tell.id;
end $function$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER promotion_end_absorbs BEFORE UPDATE ON public.promotion FOR EACH ROW EXECUTE FUNCTION refuse_to_leave_an_end();

CREATE TRIGGER promotion_event_feeds AFTER INSERT ON public.promotion_event FOR EACH ROW EXECUTE FUNCTION feed_the_line();

CREATE TRIGGER promotion_event_is_not_emptied BEFORE TRUNCATE ON public.promotion_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER promotion_event_is_only_added_to BEFORE DELETE OR UPDATE ON public.promotion_event FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER snapshot_never_changes BEFORE UPDATE ON public.snapshot FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER snapshot_provenance_never_changes BEFORE UPDATE ON public.snapshot_provenance FOR EACH ROW EXECUTE FUNCTION refuse_change();
