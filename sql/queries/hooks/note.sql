-- Notes a delivery that began no promotion.
insert into hook_delivery (pipeline, delivery, outcome, status, reason, promotion_id, sender, at)
values (@pipeline, @delivery, @outcome, @status, @reason, @promotion_id, @sender, @now)
