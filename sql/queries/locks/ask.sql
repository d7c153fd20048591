-- Says that a rollout wants the target now. It keeps the place that its promotion was given.
update target_line set ready_at = coalesce(ready_at, @now) where stage_id = @stage_id
