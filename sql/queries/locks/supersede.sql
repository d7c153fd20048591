-- Writes down which promotion took the place of others.
update promotion set superseded_by = @by where id = any(@promotions) and ended_at is null and superseded_by is null
