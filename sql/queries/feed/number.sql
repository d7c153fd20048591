-- Gives the next numbers to what has been committed, in the order of writing; a statement of its own, behind the lock, so that it sees what the last one saw.
-- Those that have none are an index of their own: it is the only one with ids, and the table is long.
with waiting as (
    select id, row_number() over (order by id) as place from (select id from feed where number is null order by id limit @limit) as oldest),
numbered as (
    update feed f set number = h.last + w.place from waiting w, feed_head h where f.id = w.id and f.number is null returning 1)
update feed_head set last = last + (select count(*) from numbered)
where exists (select from waiting)
