-- Asks, right before a replica is touched, whether the question still waits for its answer and the target is still held.
select exists (
    select from promotion_replica r join target_lock l on l.target = r.target
    where r.stage_id = @stage_id and r.index = @index and r.attempt = @attempt and l.token = @token)
