-- A look at a saga that changes nothing and waits for nobody.
select current_state, deadline_at, body::text
from saga
where saga = @saga and correlation_id = @correlation_id
