-- What every reader has read goes first; what one has not read for much longer goes too, because that reader may never come back.
delete from feed
where ctid = any (array(
    select ctid from feed f
    where f.at < @before
        and (f.at < @unread_before or not exists (select from feed_reader r where f.number is null or r.position < f.number))
    limit @limit))
