-- Keeps a definition once, however many promotions are pinned to it.
insert into definition (digest, body) values (@digest, @body::jsonb)
on conflict (digest) do nothing
