create table connections (
    id text not null primary key,
    user_id text not null,
    provider text not null,
    account text not null,
    status text not null,
    -- Generation of the newest session ever saved; stays when the session is deleted, so that nothing
    -- seen of an old session is ever taken for the new one.
    generation integer not null,
    identity_id text,
    identity_label text,
    reason text,
    connected_at integer,
    checked_at integer,
    created_at integer not null,
    updated_at integer not null,
    unique (user_id, provider, account)
) strict;
