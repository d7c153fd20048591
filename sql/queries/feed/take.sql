-- Takes a reader's place, alone among all processes. One that stands still with it for long loses its connection, and with that the place.
select position, set_config('idle_in_transaction_session_timeout', @patience, true) as patience
from feed_reader where reader = @reader
for update skip locked
