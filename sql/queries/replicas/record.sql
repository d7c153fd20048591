-- Writes down what every replica runs, before any is touched, and tells who has drifted; a second record of the same rollout changes nothing.
with recorded as (
    insert into promotion_replica (stage_id, index, promotion_id, target, replica, before_revision, before_ran, state, updated_at)
    select @stage_id::uuid, r.index, @promotion_id::uuid, @target, r.replica, r.revision, r.ran, 'Recorded', @now::timestamptz
    from jsonb_to_recordset(@replicas::jsonb) as r (index int, replica text, revision text, ran boolean)
    where exists (select from target_lock l where l.target = @target and l.token = @token)
    on conflict (stage_id, index) do nothing
    returning promotion_id, index, target, replica, before_revision),
drifted as (
    -- Of the rollout that touched it last: its snapshot, or what it was put back to; where that ended otherwise nobody knows what to expect.
    select r.promotion_id, r.index, r.target, r.replica, r.before_revision as runs, last.expected
    from recorded r
    cross join lateral (
        select case x.state when 'Deployed' then p.snapshot_digest when 'Restored' then x.before_revision end as expected
        from promotion_replica x join promotion p on p.id = x.promotion_id
        where x.target = r.target and x.replica = r.replica and x.touched_at is not null
        order by x.touched_at desc
        limit 1) last
    where last.expected <> r.before_revision
    order by r.index)
select tell(promotion_id, @now, 'drift', jsonb_build_object('target', target, 'replica', replica, 'expected', expected, 'runs', runs)) from drifted
