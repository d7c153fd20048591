-- Puts a reader behind what it has dealt with, in the transaction of what it did with it.
update feed_reader set position = @position, moved_at = @now where reader = @reader and position < @position
