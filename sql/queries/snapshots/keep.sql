-- Keeps flows once under their digest.
insert into snapshot (digest, size, compressed, stored_at) values (@digest, @size, @compressed, @now)
on conflict (digest) do nothing
