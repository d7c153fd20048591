-- Where a snapshot came from, the latest first: the same flows may have been taken more than once.
select promotion_id, instance, node_red_version, types::text as types, requested_by, taken_at
from snapshot_provenance
where digest = @digest
  and (@reach::text[] is null or exists (select from promotion p where p.id = promotion_id and p.pipeline = any (@reach)))
order by taken_at desc, id desc
limit 100
