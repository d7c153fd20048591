-- Writes down where a replica stands in its rollout, and tells it in the timeline; who does not hold the target any more writes nothing.
with changed as (
    update promotion_replica r
    set state = @state, attempt = @attempt, last_error = @error, updated_at = @now
    where stage_id = @stage_id and index = @index
        and exists (select from target_lock l where l.target = r.target and l.token = @token)
    returning promotion_id, target, replica, state, attempt, wave, last_error)
select tell(promotion_id, @now, 'replica',
    jsonb_build_object('target', target, 'replica', replica, 'state', state, 'attempt', attempt, 'wave', wave, 'error', last_error))
from changed
