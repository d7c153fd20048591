-- A start compares what ran with what this build carries.
select name, checksum from schema_migration order by name
