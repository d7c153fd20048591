-- Writes down what the replicas were found to run.
update promotion_replica r
set runs = s.runs, problem = s.problem, updated_at = @now
from jsonb_to_recordset(@replicas::jsonb) as s (replica text, runs text, problem text)
where r.stage_id = @stage_id and r.replica = s.replica
