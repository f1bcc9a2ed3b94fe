create table logins (
    id text not null primary key,
    connection_id text not null references connections (id),
    user_id text not null,
    provider text not null,
    state text not null,
    failure text,
    -- Id of the newest event.
    version integer not null,
    auto_finish integer not null,
    started_at integer not null,
    entered_at integer not null,
    deadline_at integer,
    ended_at integer,
    idempotency_key text
) strict;

create unique index one_login_under_way on logins (connection_id) where ended_at is null;
create unique index one_login_per_idempotency_key on logins (user_id, provider, idempotency_key)
    where idempotency_key is not null;

create table login_events (
    login_id text not null references logins (id),
    id integer not null,
    at integer not null,
    body text not null,
    primary key (login_id, id)
) strict;

-- Effects decided together with a state, and not carried out yet.
create table owed_effects (
    login_id text not null references logins (id),
    effect text not null,
    owed_at integer not null,
    primary key (login_id, effect)
) strict;
