-- Gives many accepted promotions their places, in the order of the request.
insert into target_line (target, stage_id, promotion_id)
select target, stage_id, promotion_id
from unnest(@targets::text[], @stages::uuid[], @promotions::uuid[]) with ordinality as x (target, stage_id, promotion_id, place)
order by place
on conflict (stage_id) do nothing
