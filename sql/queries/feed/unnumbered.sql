-- Whether anything waits for its number; asked without the lock, because mostly nothing does.
select exists (select from feed where number is null)
