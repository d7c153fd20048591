-- Leaves the line of a target.
delete from target_line where target = @target and promotion_id = any(@promotions)
