-- Keeps the findings of a stage; a stage that is asked again replaces them.
with gone as (delete from finding where stage_id = @stage_id)
insert into finding (stage_id, ordinal, promotion_id, rule, severity, reason, cure, replica, node_id, node_name, node_type, tab, property)
select @stage_id::uuid, f.ordinal, @promotion_id::uuid, f.rule, f.severity, f.reason, f.cure, f.replica, f.node_id, f.node_name, f.node_type, f.tab, f.property
from jsonb_to_recordset(@findings::jsonb) as f (
    ordinal int, rule text, severity text, reason text, cure text, replica text, node_id text, node_name text, node_type text, tab text, property text)
on conflict (stage_id, ordinal) do update set
    rule = excluded.rule, severity = excluded.severity, reason = excluded.reason, cure = excluded.cure, replica = excluded.replica,
    node_id = excluded.node_id, node_name = excluded.node_name, node_type = excluded.node_type, tab = excluded.tab, property = excluded.property
