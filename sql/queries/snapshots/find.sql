-- Reads flows by their digest.
select size, compressed from snapshot where digest = @digest
