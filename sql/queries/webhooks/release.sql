-- Gives back what was claimed and not tried to its end, so that the next process need not wait for the claim to run out.
update webhook_delivery set claimed_until = null where id = @id and claim = @claim and state = 'Pending'
