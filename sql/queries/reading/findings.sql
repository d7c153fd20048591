-- What the rules say about a promotion's snapshot, in the order in which they said it.
select f.stage_id, f.rule, f.severity, f.reason, f.cure, f.replica, f.node_id, f.node_name, f.node_type, f.tab, f.property
from finding f left join promotion_stage s on s.stage_id = f.stage_id
where f.promotion_id = @id
order by s.index, f.ordinal
