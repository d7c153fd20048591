-- Stands in line for a target that another rollout holds.
insert into target_line (target, stage_id, promotion_id) values (@target, @stage_id, @promotion_id)
on conflict (stage_id) do nothing
