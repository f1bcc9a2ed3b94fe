-- When a stream of a connection is scraped by itself.
create table schedules (
    connection_id text not null references connections (id) on delete cascade,
    stream text not null,
    cron text not null,
    time_zone text not null,
    jitter_ms integer not null,
    next_at integer not null,
    -- What came of the last time: a run, or why there was none.
    last_at integer,
    last_run text,
    last_problem text,
    created_at integer not null,
    updated_at integer not null,
    primary key (connection_id, stream)
) strict;

create index schedules_by_next on schedules (next_at);
