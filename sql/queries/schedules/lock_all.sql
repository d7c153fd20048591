-- Takes all schedules in hand while they are compared with the definitions; whoever is starting one right now is waited for.
select pipeline, name, digest, alone, nominal_at, paused
from schedule
order by pipeline, name
for no key update
