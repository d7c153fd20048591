-- Schedules: the next time of each, which is all that the engine remembers of a clock, and what became of the times before it.

-- One row a schedule, written from the definitions and moved on in the very transaction that starts a promotion: whoever is killed in between has neither started
-- nor moved on. nominal_at is the first time that nothing has been decided about and names the promotion; due_at is when its jitter is over.
create table schedule (
    pipeline          text        not null,
    name              text        not null,
    -- Of its text. A process that has read another text leaves the row alone.
    digest            text        not null,
    -- Whether it asks instances first, or others at its target: such ones are not started many at a time.
    alone             boolean     not null,
    nominal_at        timestamptz null,
    due_at            timestamptz null,
    -- Until when it is in the hands of a process that asks for it; a dead one's goes to another then.
    taken_until       timestamptz null,
    last_promotion_id uuid        null references promotion (id),
    paused            boolean     not null default false,
    set_by            text        null,
    set_at            timestamptz null,
    primary key (pipeline, name)
) with (fillfactor = 80);

create index schedule_due on schedule (alone, due_at) where due_at is not null and not paused;

-- What became of each time. Waiting is not an end: it starts when the promotion before it has ended.
create table schedule_run (
    pipeline     text        not null,
    name         text        not null,
    nominal_at   timestamptz not null,
    due_at       timestamptz not null,
    outcome      text        not null check (outcome in ('Started', 'Waiting', 'Skipped', 'Missed', 'Unchanged', 'Refused')),
    reason       text        null,
    promotion_id uuid        null references promotion (id),
    decided_at   timestamptz not null,
    primary key (pipeline, name, nominal_at)
);

create index schedule_run_waiting on schedule_run (pipeline, name, nominal_at) where outcome = 'Waiting';
-- Only trimming reads it, and rows arrive in the order of time.
create index schedule_run_age on schedule_run using brin (decided_at);
