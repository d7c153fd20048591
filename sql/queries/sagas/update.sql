-- A step's new state; the row has been locked since the step began.
update saga
set current_state = @current_state, deadline_at = @deadline_at, body = @body::jsonb, updated_at = @now
where saga = @saga and correlation_id = @correlation_id
