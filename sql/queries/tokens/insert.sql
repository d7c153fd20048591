-- A new token; a name that is taken, also by a revoked one, changes nothing: the log must not mean two by one name.
insert into api_token (id, name, hash, scopes, pipelines, created_at)
values (@id, @name, @hash, @scopes, @pipelines, @now)
on conflict do nothing
returning id
