-- Puts a promotion into another state and tells it in the timeline; a repeat changes nothing.
with changed as (
    update promotion
    set state = @state, reason = @reason, snapshot_digest = coalesce(@snapshot_digest, snapshot_digest), ended_at = case when @ended then @now else ended_at end
    where id = @id and ended_at is null
    returning id, state, reason, snapshot_digest, pipeline, superseded_by)
select tell(id, @now, 'promotion',
    jsonb_build_object('state', state, 'reason', reason, 'snapshotDigest', snapshot_digest, 'pipeline', pipeline, 'ended', @ended)
    || case when state = 'Superseded' then jsonb_build_object('supersededBy', superseded_by) else '{}' end)
from changed
