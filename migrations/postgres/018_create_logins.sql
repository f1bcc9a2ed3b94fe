create table logins (
    id              text    not null primary key,
    connection_id   text    not null references connections (id),
    user_id         text    not null,
    provider        text    not null,
    state           text    not null,
    failure         jsonb,
    -- Id of the newest event.
    version         bigint  not null,
    auto_finish     boolean not null,
    started_at      bigint  not null,
    entered_at      bigint  not null,
    deadline_at     bigint,
    ended_at        bigint,
    idempotency_key text
);

create unique index one_login_under_way on logins (connection_id) where ended_at is null;
create unique index one_login_per_idempotency_key on logins (user_id, provider, idempotency_key)
    where idempotency_key is not null;

create table login_events (
    login_id text   not null references logins (id),
    id       bigint not null,
    at       bigint not null,
    body     jsonb  not null,
    primary key (login_id, id)
);

-- Effects decided together with a state, and not carried out yet.
create table owed_effects (
    login_id text   not null references logins (id),
    effect   text   not null,
    owed_at  bigint not null,
    primary key (login_id, effect)
);
