-- What an earlier process had in its memory when it ended is due again.
update outbox
set visible_at = @now, sent_by = null, sent_at = null
where sent_by is not null and sent_by <> @me
