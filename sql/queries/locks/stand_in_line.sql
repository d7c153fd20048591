-- Gives a rollout its place in the line of a target; a promotion that has lost its place to another gets none.
insert into target_line (target, stage_id, promotion_id, ready_at)
select @target, @stage_id, @promotion_id, @ready_at
where not exists (select from promotion where id = @promotion_id and superseded_by is not null)
on conflict (stage_id) do nothing
