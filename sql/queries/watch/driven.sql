-- Remembers that the watchdog has woken a saga.
update saga set driven_at = @now, driven = driven + 1 where saga = @saga and correlation_id = @correlation_id
