-- Leaves the line, when a rollout ends before its turn has come.
delete from target_line where stage_id = @stage_id
