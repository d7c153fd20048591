-- Flows that nothing refers to any more: no promotion that is under way or ended since, and not what a pipeline brought last.
delete from snapshot
where digest = any (array(
    select s.digest
    from snapshot s
    where s.stored_at < @before
        and not exists (select from snapshot_provenance o where o.digest = s.digest and o.taken_at >= @before)
        and not exists (select from promotion p where p.snapshot_digest = s.digest and (p.ended_at is null or p.ended_at >= @before))
        and not exists (select from promotion p where p.existing_digest = s.digest and (p.ended_at is null or p.ended_at >= @before))
        and not exists (
            select from promotion_replica r join promotion p on p.id = r.promotion_id
            where r.before_revision = s.digest and (p.ended_at is null or p.ended_at >= @before))
        -- What is in production now may be wanted again in years.
        and not exists (
            select from promotion p
            where p.snapshot_digest = s.digest and p.state = 'Succeeded'
                and not exists (select from promotion later where later.pipeline = p.pipeline and later.state = 'Succeeded' and later.ended_at > p.ended_at))
    order by s.stored_at
    limit @limit))
