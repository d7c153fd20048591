-- A subscription goes with its deliveries, and those first: whoever notes what became of one holds it, and wants the subscription next.
with mine as (
    select id from webhook_subscription where id = @id and (@reach::text[] is null or (pipelines <> '{}' and pipelines <@ @reach))),
gone as (
    delete from webhook_delivery d using mine where d.subscription_id = mine.id
    returning 1)
delete from webhook_subscription s
using mine
where s.id = mine.id and (select count(*) from gone) >= 0
returning s.url, nullif(s.pipelines, '{}') as pipelines
