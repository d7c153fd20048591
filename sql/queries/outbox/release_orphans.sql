-- What a process was giving to the broker when it died is due at once, not when its lease ends. Whoever lives holds the lock that stands for its name.
update outbox
set visible_at = @now, sent_by = null, sent_at = null
where id = any (array(
    select id
    from outbox
    where sent_by is not null and sent_by <> @me and visible_at > @now
        and not exists (
            select from pg_locks
            where locktype = 'advisory' and granted and objsubid = 2
                and database = (select oid from pg_database where datname = current_database())
                and classid::bigint = @kind and objid::bigint = hashtext(sent_by::text)::bigint & 4294967295)
    for update skip locked))
