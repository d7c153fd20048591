-- Puts a stage into another state and tells it in the timeline.
with changed as (
    update promotion_stage
    set state = @state, reason = @reason,
        ended_at = case when @state in ('Succeeded', 'Failed', 'RolledBack', 'Cancelled') then @now::timestamptz end
    where stage_id = @stage_id and (state, coalesce(reason, '')) is distinct from (@state, coalesce(@reason, ''))
    returning promotion_id, index, kind, state, reason)
select tell(promotion_id, @now, 'stage', jsonb_build_object('index', index, 'kind', kind, 'state', state, 'reason', reason)) from changed
