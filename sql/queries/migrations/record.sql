-- Noted in the migration's own transaction, so that it ran entirely or not at all.
insert into schema_migration (name, checksum) values (@name, @checksum)
