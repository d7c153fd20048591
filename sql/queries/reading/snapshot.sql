-- What is known of a snapshot, without its flows. Who is limited to some pipelines knows what their promotions brought, or found on a replica before.
select digest, size, stored_at
from snapshot
where digest = @digest
  and (@reach::text[] is null
       or exists (select from promotion p where p.pipeline = any (@reach) and (p.snapshot_digest = @digest or p.existing_digest = @digest))
       or exists (select from promotion_replica r join promotion p on p.id = r.promotion_id where r.before_revision = @digest and p.pipeline = any (@reach)))
