-- Takes the lock under which numbers are given; whoever comes second waits a moment and finds less to do.
select last from feed_head for update
