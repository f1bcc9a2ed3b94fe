-- What the user said where the provider's definition asks, by name: a JSON object.
alter table connections add column params jsonb not null default '{}';
alter table logins add column params jsonb not null default '{}';
-- What the server that made the token said in the user's place.
alter table connect_tokens add column params jsonb not null default '{}';
