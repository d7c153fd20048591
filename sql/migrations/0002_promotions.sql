-- Promotions: what was asked for, what people read about it, what replicas ran before, and who holds a target.
--
-- The sagas decide; these tables are what they write down for people and for each other, in the same transaction as the decision.

-- A definition is stored once however many promotions are pinned to it.
create table definition (
    digest text  not null primary key,
    body   jsonb not null
);

create table promotion (
    id              uuid        not null primary key,
    -- The same request, delivered again, has the same key: the unique index is the referee (I3).
    idempotency_key text        not null,
    pipeline        text        not null,
    definition      text        not null references definition (digest),
    existing_digest text        null,
    trigger         text        not null,
    requested_by    text        not null,
    note            text        null,
    state           text        not null,
    reason          text        null,
    snapshot_digest text        null,
    accepted_at     timestamptz not null,
    ended_at        timestamptz null,
    last_seq        int         not null default 0,
    last_hash       bytea       not null default '\x'
) with (fillfactor = 80);

create unique index promotion_idempotency_key on promotion (idempotency_key);
create index promotion_newest on promotion (accepted_at desc, id desc);
create index promotion_pipeline on promotion (pipeline, accepted_at desc, id desc);
create index promotion_live on promotion (accepted_at) where ended_at is null;

-- An end absorbs (I9): the database refuses what a mistake in a machine might try.
create function refuse_to_leave_an_end() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null and (new.state is distinct from old.state or new.ended_at is distinct from old.ended_at) then
        raise exception 'Promotion % has ended as % and stays so.', old.id, old.state using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;

create trigger promotion_end_absorbs before update on promotion for each row execute function refuse_to_leave_an_end();

create table promotion_stage (
    stage_id     uuid        not null primary key,
    promotion_id uuid        not null references promotion (id),
    index        int         not null,
    kind         text        not null,
    state        text        not null,
    reason       text        null,
    started_at   timestamptz not null,
    ended_at     timestamptz null,
    unique (promotion_id, index)
) with (fillfactor = 80);

-- One row a replica, so that a rollout over a thousand of them stays as light as one over two. What it ran before is written before it is touched (I6).
create table promotion_replica (
    stage_id        uuid        not null,
    index           int         not null,
    promotion_id    uuid        not null references promotion (id),
    target          text        not null,
    replica         text        not null,
    before_revision text        not null,
    before_ran      boolean     not null,
    wave            int         null,
    touched_at      timestamptz null,
    state           text        not null,
    attempt         int         not null default 0,
    last_error      text        null,
    runs            text        null,
    problem         text        null,
    updated_at      timestamptz not null,
    primary key (stage_id, index)
) with (fillfactor = 80);

create index promotion_replica_promotion on promotion_replica (promotion_id);

create table finding (
    stage_id     uuid not null,
    ordinal      int  not null,
    promotion_id uuid not null references promotion (id),
    rule         text not null,
    severity     text not null,
    reason       text not null,
    cure         text not null,
    replica      text null,
    node_id      text null,
    node_name    text null,
    node_type    text null,
    tab          text null,
    property     text null,
    primary key (stage_id, ordinal)
);

create index finding_promotion on finding (promotion_id);

-- What a promotion would change on a target, as JSON. Packed, because a diff of large flows is large; not jsonb, because flows may hold
-- half surrogate pairs, which Node-RED keeps and jsonb refuses.
create table promotion_diff (
    stage_id     uuid  not null,
    target       text  not null,
    promotion_id uuid  not null references promotion (id),
    size         int   not null,
    compressed   bytea not null,
    primary key (stage_id, target)
);

alter table promotion_diff alter column compressed set storage external;
create index promotion_diff_promotion on promotion_diff (promotion_id);

-- The timeline is the audit log of a promotion: numbered without gaps, each line hashed together with the one before it (I7).
create table promotion_event (
    promotion_id uuid        not null references promotion (id),
    seq          int         not null,
    at           timestamptz not null,
    type         text        not null,
    data         jsonb       not null,
    hash         bytea       not null,
    primary key (promotion_id, seq)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is only ever added to.', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

create trigger promotion_event_is_only_added_to before update or delete on promotion_event for each row execute function refuse_change();
create trigger promotion_event_is_not_emptied before truncate on promotion_event for each statement execute function refuse_change();

-- The hash of a line: over the one before it and everything in it, in a form that anybody can compute again.
create function event_hash(before bytea, id uuid, number int, moment timestamptz, kind text, content jsonb) returns bytea language sql immutable as $$
    select sha256(before || convert_to(
        id::text || '|' || number::text || '|' || (extract(epoch from moment) * 1000000)::bigint::text || '|' || kind || '|' || content::text, 'UTF8'));
$$;

create function tell(id uuid, moment timestamptz, kind text, content jsonb) returns void language plpgsql as $$
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
end $$;

-- Flows under their digest: stored once, compressed, never changed (I8).
create table snapshot (
    digest     text        not null primary key,
    size       int         not null,
    compressed bytea       not null,
    stored_at  timestamptz not null,
    check (digest ~ '^[0-9a-f]{64}$')
);

-- They are compressed already.
alter table snapshot alter column compressed set storage external;

create trigger snapshot_never_changes before update on snapshot for each row execute function refuse_change();

create table snapshot_provenance (
    id               bigint      generated always as identity primary key,
    digest           text        not null references snapshot (digest),
    promotion_id     uuid        not null,
    instance         text        not null,
    node_red_version text        not null,
    types            jsonb       not null,
    requested_by     text        not null,
    taken_at         timestamptz not null
);

create index snapshot_provenance_digest on snapshot_provenance (digest, taken_at desc);
create trigger snapshot_provenance_never_changes before update on snapshot_provenance for each row execute function refuse_change();

-- Whoever holds a target later has a larger token (I2).
create sequence fencing_token;

create table target_lock (
    target       text        not null primary key,
    stage_id     uuid        null,
    promotion_id uuid        null,
    token        bigint      null,
    taken_at     timestamptz null
);

create table target_line (
    place        bigint      generated always as identity primary key,
    target       text        not null,
    stage_id     uuid        not null unique,
    promotion_id uuid        not null
);

create index target_line_target on target_line (target, place);

-- Tokens of the API: only their hash is kept.
create table api_token (
    id           uuid        not null primary key,
    name         text        not null unique,
    hash         bytea       not null unique,
    scopes       text[]      not null,
    created_at   timestamptz not null,
    last_used_at timestamptz null,
    revoked_at   timestamptz null
);
