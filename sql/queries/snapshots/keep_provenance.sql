-- Keeps where a snapshot came from.
insert into snapshot_provenance (digest, promotion_id, instance, node_red_version, types, requested_by, taken_at)
values (@digest, @promotion_id, @instance, @node_red_version, @types::jsonb, @requested_by, @taken_at)
