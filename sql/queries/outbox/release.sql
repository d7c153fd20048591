-- What an earlier process had in its memory when it ended is due again; counted, because it may be what ended it.
update outbox
set visible_at = @now, sent_by = null, sent_at = null, releases = releases + 1
where sent_by is not null and sent_by <> @me
