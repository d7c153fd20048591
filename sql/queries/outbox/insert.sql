-- Whatever is sent while consuming is a row first, in the same transaction.
insert into outbox (message_id, destination, envelope, body, visible_at, token, sent_by, sent_at, remaining, created_at)
values (@message_id, @destination, @envelope::jsonb, @body, @visible_at, @token, @sent_by, @sent_at, @remaining, @now)
