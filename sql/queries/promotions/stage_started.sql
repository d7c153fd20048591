-- Writes down that a stage begins, once.
with started as (
    insert into promotion_stage (stage_id, promotion_id, index, kind, state, started_at)
    values (@stage_id, @promotion_id, @index, @kind, 'Running', @now)
    on conflict (stage_id) do nothing
    returning promotion_id, index, kind, state)
select tell(promotion_id, @now, 'stage', jsonb_build_object('index', index, 'kind', kind, 'state', state)) from started
