-- Where a promotion stands and how long its timeline is: what a listener asks again and again.
select pipeline, state, ended_at is not null as ended, last_seq
from promotion
where id = @id
