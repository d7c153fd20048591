-- One promotion as people read it, with the text of the definition that it walks by.
select p.id, p.pipeline, p.state, p.reason, p.trigger, p.requested_by, p.note, p.existing_digest as requested_digest, p.snapshot_digest,
       p.definition as definition_digest, p.superseded_by, p.accepted_at, p.ended_at, d.body ->> 'sourceText' as definition, d.body ->> 'until' as until
from promotion p join definition d on d.digest = p.definition
where p.id = @id
