-- When a token was last used, to the minute: not every request is worth a write.
update api_token set last_used_at = @now
where id = @id and (last_used_at is null or last_used_at < @now::timestamptz - interval '1 minute')
