-- Deliveries are history for a while; those that wait for a subscriber who is disabled go too, because it may never come back.
delete from webhook_delivery
where ctid = any (array(
    select d.ctid from webhook_delivery d join webhook_subscription s on s.id = d.subscription_id
    where d.created_at < @before and (d.state <> 'Pending' or s.disabled_at is not null)
    limit @limit))
