-- Finds the promotions of a pipeline that have not held a target yet, and where they stand in line, in the order in which targets are held.
select l.target, l.promotion_id
from target_line l join promotion p on p.id = l.promotion_id
where p.pipeline = @pipeline and p.id <> @promotion_id and not l.running
order by l.target
