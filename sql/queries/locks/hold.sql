-- Waits for whoever is taking or standing in line right now: what they wrote must be seen by the next query, or a waiter is forgotten.
select stage_id = @stage_id from target_lock where target = @target for update
