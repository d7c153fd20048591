-- Changes what is given and leaves the rest; enabled again, a subscriber is well until shown otherwise, and what waits for it goes on.
update webhook_subscription
set url = coalesce(@url, url),
    description = case when @describes then @description else description end,
    events = coalesce(@events::text[], events),
    pipelines = coalesce(@pipelines::text[], pipelines),
    disabled_at = case @enabled::boolean when true then null when false then coalesce(disabled_at, @now) else disabled_at end,
    disabled_reason = case @enabled::boolean when true then null when false then coalesce(disabled_reason, @reason) else disabled_reason end,
    failing_since = case when @enabled::boolean then null else failing_since end,
    quiet_until = case when @enabled::boolean then null else quiet_until end,
    changed_at = @now,
    changed_by = @by
where id = @id and (@reach::text[] is null or (pipelines <> '{}' and pipelines <@ @reach))
returning url, nullif(pipelines, '{}') as pipelines
