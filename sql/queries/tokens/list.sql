-- All tokens for whoever administers them, the revoked ones too; never what they are.
select id, name, hash, scopes, created_at, last_used_at, revoked_at
from api_token
order by created_at, id
