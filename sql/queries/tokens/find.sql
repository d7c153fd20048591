-- Whose token this is, by its hash; a revoked one is nobody's.
select id, name, hash, scopes, pipelines, created_at, last_used_at, revoked_at
from api_token
where hash = @hash and revoked_at is null
