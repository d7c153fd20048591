-- Reads what replicas ran before, from one place in the order on.
select replica, before_revision as revision, before_ran as ran
from promotion_replica
where stage_id = @stage_id and index >= @from_index and index < @from_index + @count
order by index
