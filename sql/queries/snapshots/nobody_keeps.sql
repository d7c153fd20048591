-- Whether nobody is keeping flows right now; true until the end of the transaction.
select pg_try_advisory_xact_lock(5784094912053)
