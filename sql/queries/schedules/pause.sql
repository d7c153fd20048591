-- Pauses a schedule, or lets it go on with its next time.
update schedule
set paused = @paused, set_by = @by, set_at = @now, nominal_at = @nominal_at, due_at = @due_at, taken_until = null
where pipeline = @pipeline and name = @name
