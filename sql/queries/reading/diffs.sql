-- What a promotion would change, by target.
select size, compressed from promotion_diff where promotion_id = @id order by target
