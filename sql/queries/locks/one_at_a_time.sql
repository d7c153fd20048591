-- Requests that must see one another's outcome go one after the other, until this transaction ends.
select pg_advisory_xact_lock(hashtextextended(@name, 0))
