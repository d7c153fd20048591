-- Writes down what every replica runs, before any is touched; a second record of the same rollout changes nothing.
insert into promotion_replica (stage_id, index, promotion_id, target, replica, before_revision, before_ran, state, updated_at)
select @stage_id::uuid, r.index, @promotion_id::uuid, @target, r.replica, r.revision, r.ran, 'Recorded', @now::timestamptz
from jsonb_to_recordset(@replicas::jsonb) as r (index int, replica text, revision text, ran boolean)
where exists (select from target_lock l where l.target = @target and l.token = @token)
on conflict (stage_id, index) do nothing
