-- A timer that is no longer wanted, in the transaction that no longer wants it.
delete from outbox where token = @token
