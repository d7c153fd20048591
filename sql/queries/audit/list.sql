-- Who changed what, the newest first; for whoever is limited to some pipelines only what concerns no others.
select id, at, by, token_id, action, about, pipelines, data::text as data
from audit
where (@reach::text[] is null or pipelines <@ @reach)
  and (@by::text is null or by = @by)
  and (@about::text is null or about = @about)
  and (@after::bigint is null or id < @after)
order by id desc
limit @limit
