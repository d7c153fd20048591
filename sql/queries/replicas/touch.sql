-- Writes touched on the replicas of a wave, while the target is held with this token and not otherwise.
update promotion_replica
set touched_at = coalesce(touched_at, @now), wave = @wave, state = 'Touched', updated_at = @now
where stage_id = @stage_id and index >= @from_index and index < @from_index + @count
    and exists (select from target_lock where target = @target and token = @token)
