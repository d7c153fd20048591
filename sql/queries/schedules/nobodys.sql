-- Times that wait for a schedule which was taken out are left out.
update schedule_run r set outcome = 'Skipped', reason = 'The schedule was taken out of the pipeline file.', decided_at = @now
where r.outcome = 'Waiting' and not exists (select from schedule s where s.pipeline = r.pipeline and s.name = r.name)
