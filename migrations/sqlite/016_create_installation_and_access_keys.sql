-- What there is one of: its id is part of what every sealed session is bound to.
create table installation (
    only_one integer not null primary key check (only_one = 1),
    id text not null,
    -- Sealed under the key in use when the database was first started: tells another key apart.
    canary blob,
    -- Raised by the readiness check: a database that takes no writes is not ready.
    pings integer not null,
    -- Filled and emptied by it: there must be room for more than that row.
    room blob
) strict;

create table access_keys (
    hash blob not null primary key,
    label text not null,
    created_at integer not null
) strict;
