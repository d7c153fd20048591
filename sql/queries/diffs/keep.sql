-- Keeps what a promotion would change on a target; a stage that is asked again replaces it.
insert into promotion_diff (stage_id, target, promotion_id, size, compressed) values (@stage_id, @target, @promotion_id, @size, @compressed)
on conflict (stage_id, target) do update set size = excluded.size, compressed = excluded.compressed
