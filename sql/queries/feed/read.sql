-- What comes after a position, in order.
select number, promotion_id, seq as sequence, event, pipeline, at, line::text as line
from feed
where number > @after
order by number
limit @limit
