-- Whether a time still waits for the end of the promotion before it.
select exists (select from schedule_run where pipeline = @pipeline and name = @name and nominal_at = @nominal_at and outcome = 'Waiting')
