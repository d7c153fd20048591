-- Reads which modules stood behind the types of a snapshot when it was last taken.
select types::text from snapshot_provenance where digest = @digest order by taken_at desc, id desc limit 1
