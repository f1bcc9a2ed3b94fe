create table runs (
    id text not null primary key,
    connection_id text not null references connections (id),
    user_id text not null,
    provider text not null,
    account text not null,
    stream text not null,
    source text,
    pages integer not null,
    records integer not null,
    outcome text,
    message text,
    -- Id of the newest event of this run.
    version integer not null,
    started_at integer not null,
    finished_at integer
) strict;

create unique index one_run_under_way on runs (connection_id, stream) where finished_at is null;
create index runs_of_a_user on runs (user_id, started_at);

create table records (
    -- In the order of first sight.
    id integer not null primary key autoincrement,
    connection_id text not null references connections (id),
    stream text not null,
    key text not null,
    fields text not null,
    first_seen integer not null,
    last_seen integer not null,
    unique (connection_id, stream, key)
) strict;

-- Which records a run saw, in the order in which the site showed them.
create table run_records (
    position integer not null primary key autoincrement,
    run_id text not null references runs (id) on delete cascade,
    record_id integer not null references records (id) on delete cascade,
    unique (run_id, record_id)
) strict;

create index runs_of_a_record on run_records (record_id);
