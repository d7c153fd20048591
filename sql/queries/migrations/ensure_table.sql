-- The first process ever has nowhere to note which migrations ran.
create table if not exists schema_migration (
    name       text        not null primary key,
    checksum   text        not null,
    applied_at timestamptz not null default now()
)
