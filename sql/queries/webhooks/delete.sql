-- A subscription goes with its deliveries.
delete from webhook_subscription where id = @id and (@reach::text[] is null or (pipelines <> '{}' and pipelines <@ @reach))
returning url, nullif(pipelines, '{}') as pipelines
