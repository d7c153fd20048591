-- Every replica of a promotion's rollouts: what it ran before, whether it was touched, and where it stands.
select r.stage_id, r.index, r.target, r.replica, r.state, r.attempt, r.wave, r.touched_at, r.before_revision as before, r.before_ran, r.runs, r.problem,
       r.last_error, r.updated_at
from promotion_replica r left join promotion_stage s on s.stage_id = r.stage_id
where r.promotion_id = @id
order by s.index, r.index
