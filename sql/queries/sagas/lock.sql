-- Every step of a saga begins by taking its row; steps of one saga queue here, and "no key" leaves room for foreign keys.
select current_state, deadline_at, body::text
from saga
where saga = @saga and correlation_id = @correlation_id
for no key update
