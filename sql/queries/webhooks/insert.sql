-- A new subscription; it hears what is dealt out from now on.
insert into webhook_subscription (id, url, description, events, pipelines, secret, created_at, created_by, changed_at, changed_by)
values (@id, @url, @description, @events, @pipelines, @secret, @now, @by, @now, @by)
returning url, nullif(pipelines, '{}') as pipelines
