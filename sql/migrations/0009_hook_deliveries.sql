-- What came to the promote button and began no promotion. What was accepted is in promotion already, under the key of its delivery.

create table hook_delivery (
    id           bigint      generated always as identity primary key,
    pipeline     text        not null,
    -- As the sender named it; null when it had no name, or none that can be kept.
    delivery     text        null,
    outcome      text        not null check (outcome in ('Duplicate', 'Refused')),
    status       int         not null,
    reason       text        null,
    promotion_id uuid        null,
    sender       text        null,
    at           timestamptz not null
);

create index hook_delivery_pipeline on hook_delivery (pipeline, at desc);
create index hook_delivery_age on hook_delivery using brin (at);
create index promotion_hook on promotion (pipeline, accepted_at desc) where trigger = 'webhook';
