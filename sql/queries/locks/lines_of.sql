-- Says where a promotion still stands in line, in the order in which targets are held.
select target from target_line where promotion_id = @promotion_id order by target
