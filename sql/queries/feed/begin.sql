-- A reader that is new begins with what comes from now on; one that is known goes on where it was.
insert into feed_reader (reader, position, moved_at)
select @reader, last, @now from feed_head
on conflict (reader) do nothing
