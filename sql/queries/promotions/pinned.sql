-- Reads what a promotion began with; it never changes.
select d.body::text as definition, p.requested_by, p.existing_digest
from promotion p join definition d on d.digest = p.definition
where p.id = @id
