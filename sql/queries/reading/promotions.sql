-- A page of promotions, newest first, from behind the last one that the reader has seen.
select id, pipeline, state, reason, trigger, requested_by, note, existing_digest as requested_digest, snapshot_digest, definition as definition_digest, superseded_by, accepted_at, ended_at
from promotion
where (@pipeline::text is null or pipeline = @pipeline)
  and (@reach::text[] is null or pipeline = any (@reach))
  and (@state::text is null or state = @state)
  and (@after_at::timestamptz is null or (accepted_at, id) < (@after_at, @after_id::uuid))
order by accepted_at desc, id desc
limit @limit
