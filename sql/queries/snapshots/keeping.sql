-- Held to the end of a transaction that keeps flows, so that housekeeping does not throw away just what it refers to.
select pg_advisory_xact_lock_shared(5784094912053)
