-- The sealed sessions: what a connection's browser held when its login was proven, encrypted.
-- This file stands alone: it may be pasted into sqlite3 before the first start, which then finds it done.
create table if not exists integration_sessions (
    connection_id text not null primary key,
    user_id text not null,
    provider text not null,
    -- Rises by one with each save; the encryption is bound to it.
    generation integer not null,
    sealed blob not null,
    provider_version text not null,
    -- Milliseconds since 1970, like every time in this database.
    saved_at integer not null,
    leased_by text,
    leased_until integer
) strict;
