-- A new secret; the one before it signs as well until then, so that the subscriber can change over without missing anything.
update webhook_subscription
set old_secret = secret, old_secret_until = @until, secret = @secret, changed_at = @now, changed_by = @by
where id = @id and (@reach::text[] is null or (pipelines <> '{}' and pipelines <@ @reach))
returning url, nullif(pipelines, '{}') as pipelines
