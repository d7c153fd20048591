-- Takes one schedule in hand; how it stands is read behind this, as whoever had it in hand before has left it.
select 1 from schedule where pipeline = @pipeline and name = @name for no key update
