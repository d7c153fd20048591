-- Notes a command from outside; one that is there is a repeat, and a twin under way is waited for.
insert into inbox (message_id, consumer, consumed_at) values (@message_id, @consumer, @now)
on conflict (message_id, consumer) do nothing
