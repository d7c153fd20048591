-- The timeline of a promotion from behind the last line that the reader has seen.
select seq, at, type, data::text as data, encode(hash, 'hex') as hash
from promotion_event
where promotion_id = @id and seq > @after
order by seq
limit @limit
