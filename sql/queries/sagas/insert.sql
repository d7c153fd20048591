-- A new saga; a twin that was inserted meanwhile fails on the primary key and its message is tried again.
insert into saga (saga, correlation_id, current_state, deadline_at, body, created_at, updated_at)
values (@saga, @correlation_id, @current_state, @deadline_at, @body::jsonb, @now, @now)
