create table runs (
    id            text   not null primary key,
    connection_id text   not null references connections (id),
    user_id       text   not null,
    provider      text   not null,
    account       text   not null,
    stream        text   not null,
    source        text,
    pages         bigint not null,
    records       bigint not null,
    outcome       text,
    message       text,
    -- Id of the newest event of this run.
    version       bigint not null,
    started_at    bigint not null,
    finished_at   bigint
);

create unique index one_run_under_way on runs (connection_id, stream) where finished_at is null;
create index runs_of_a_user on runs (user_id, started_at);

create table records (
    -- In the order of first sight.
    id            bigint not null generated always as identity primary key,
    connection_id text   not null references connections (id),
    stream        text   not null,
    key           text   not null,
    -- Not jsonb: that would forget the order of the fields.
    fields        json   not null,
    first_seen    bigint not null,
    last_seen     bigint not null,
    unique (connection_id, stream, key)
);

-- Which records a run saw, in the order in which the site showed them.
create table run_records (
    position  bigint not null generated always as identity primary key,
    run_id    text   not null references runs (id) on delete cascade,
    record_id bigint not null references records (id) on delete cascade,
    unique (run_id, record_id)
);

create index runs_of_a_record on run_records (record_id);
