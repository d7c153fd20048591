-- Finds the promotion that a request led to when it was delivered before.
select id from promotion where idempotency_key = @idempotency_key
