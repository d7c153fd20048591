-- The token that the configuration gives: it replaces what had that name, so that a new start with another token takes the old one's rights away.
insert into api_token (id, name, hash, scopes, created_at)
values (@id, @name, @hash, @scopes, @now)
on conflict (name) do update set hash = excluded.hash, scopes = excluded.scopes, pipelines = null, revoked_at = null
where api_token.hash is distinct from excluded.hash or api_token.scopes is distinct from excluded.scopes or api_token.pipelines is not null or api_token.revoked_at is not null
returning id
