-- What became of times long ago goes in small bites; the promotions that they started stay.
delete from schedule_run
where ctid = any (array(select ctid from schedule_run where decided_at < @before and outcome <> 'Waiting' limit @limit))
