-- Takes a target that is free, or that is ours already; otherwise no row, and the row's lock is what the holder's release waits for.
insert into target_lock as l (target, stage_id, promotion_id, token, taken_at)
values (@target, @stage_id, @promotion_id, nextval('fencing_token'), @now)
on conflict (target) do update
set token = case when l.stage_id = excluded.stage_id then l.token else excluded.token end,
    taken_at = case when l.stage_id = excluded.stage_id then l.taken_at else excluded.taken_at end,
    stage_id = excluded.stage_id, promotion_id = excluded.promotion_id
where l.stage_id is null or l.stage_id = excluded.stage_id
returning token
