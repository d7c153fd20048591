-- What is known of a snapshot, without its flows.
select digest, size, stored_at
from snapshot
where digest = @digest
