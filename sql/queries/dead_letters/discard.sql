-- Somebody has looked and does not want it.
delete from dead_letter where id = @id
returning message_type, promotion_id
