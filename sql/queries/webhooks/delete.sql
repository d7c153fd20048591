-- A subscription goes with its deliveries.
delete from webhook_subscription where id = @id
