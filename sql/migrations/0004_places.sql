-- A promotion has its place in the line of each of its targets from the moment when it is accepted, not from when its rollout asks: whoever came first rolls out
-- first, whichever snapshot took longer, and who is waiting can be told from who has begun when another one wants its place.

alter table target_line
    -- When its rollout asked for the target; null while an earlier stage is under way. The target is never given to one that has not asked.
    add column ready_at timestamptz null,
    -- True once the promotion has held a target: it is not cut any more.
    add column running boolean not null default false;

-- Whoever stands in line now has asked. Whether it has held another target is not known: it is left alone.
update target_line set ready_at = now(), running = true;

create index target_line_promotion on target_line (promotion_id);

-- The promotion that took its place.
alter table promotion add column superseded_by uuid null references promotion (id);
