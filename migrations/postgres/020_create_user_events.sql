-- One counter for each user, raised in the transaction that writes the event: ids without gaps,
-- and none becomes visible before the one before it.
create table user_streams (
    user_id    text   not null primary key,
    last_event bigint not null
);

create table user_events (
    user_id    text   not null references user_streams (user_id),
    id         bigint not null,
    at         bigint not null,
    body       jsonb  not null,
    -- Of an event of a run: which, and the event's number on the run's own stream.
    run_id     text,
    run_event  bigint,
    primary key (user_id, id)
);

create unique index events_of_a_run on user_events (run_id, run_event) where run_id is not null;
