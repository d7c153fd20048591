-- Adds a line to the timeline: numbered without gaps, hashed together with the one before it.
select tell(@id, @now, @type, @data::jsonb)
