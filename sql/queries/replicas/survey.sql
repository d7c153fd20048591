-- Writes down what the replicas were found to run, while their rollout holds the target.
update promotion_replica r
set runs = s.runs, problem = s.problem, updated_at = @now
from jsonb_to_recordset(@replicas::jsonb) as s (replica text, runs text, problem text)
where r.stage_id = @stage_id and r.replica = s.replica
    and exists (select from target_lock l where l.target = r.target and l.stage_id = r.stage_id)
