-- Endings are kept; this is for a machine that says SetCompletedWhenFinalized all the same.
delete from saga where saga = @saga and correlation_id = @correlation_id
