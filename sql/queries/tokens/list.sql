-- Tokens for whoever administers them, the revoked ones too; never what they are. Who is limited to some pipelines sees those that reach no further.
select id, name, hash, scopes, pipelines, created_at, last_used_at, revoked_at
from api_token
where @reach::text[] is null or pipelines <@ @reach
order by created_at, id
