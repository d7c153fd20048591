-- Takes a token's rights away for good; the row stays for whoever reads the log later.
update api_token set revoked_at = @now
where id = @id and revoked_at is null and (@reach::text[] is null or pipelines <@ @reach)
returning name, pipelines
