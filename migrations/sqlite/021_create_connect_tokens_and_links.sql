-- Each starts logins for one user, until one of them is saved. Of the token itself only the hash is here.
create table connect_tokens (
    -- Half of the hash: it is found by this, and then compared as a whole.
    id text not null primary key,
    hash blob not null,
    user_id text not null,
    provider text,
    account text,
    -- How many logins it started: raised first, so that of two at once one waits for the other.
    logins integer not null,
    created_at integer not null,
    expires_at integer not null,
    spent_at integer
) strict;

create index connect_tokens_of_a_user on connect_tokens (user_id, created_at);

-- The logins that a token opens.
create table connect_token_logins (
    token_id text not null references connect_tokens (id) on delete cascade,
    login_id text not null references logins (id),
    primary key (token_id, login_id)
) strict;

create index tokens_of_a_login on connect_token_logins (login_id);

-- Each opens one login on another device.
create table login_links (
    id text not null primary key,
    hash blob not null,
    login_id text not null references logins (id),
    user_id text not null,
    mode text not null,
    created_at integer not null,
    -- None: for as long as the login is under way.
    expires_at integer,
    ended_at integer
) strict;

create index links_of_a_login on login_links (login_id, created_at);
