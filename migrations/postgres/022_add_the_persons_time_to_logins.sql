-- When the person's time is over, whether it was prolonged, and when an idle login ends.
alter table logins add column until bigint not null default 0;
alter table logins add column extended boolean not null default false;
alter table logins add column idle_ends_at bigint;
-- Whose account the session is that was there when it was started; and in the state other_account whose was found.
alter table logins add column reconnect boolean not null default false;
alter table logins add column expected jsonb;
alter table logins add column found jsonb;
-- The browser's own window is on a real display.
alter table logins add column in_window boolean not null default false;
