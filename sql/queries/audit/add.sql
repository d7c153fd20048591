-- Notes who changed what, in the transaction of the change.
insert into audit (at, by, token_id, action, about, pipelines, data)
values (@now, @by, @token_id, @action, @about, @pipelines, @data::jsonb)
