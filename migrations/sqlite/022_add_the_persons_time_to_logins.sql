-- When the person's time is over, whether it was prolonged, and when an idle login ends.
alter table logins add column until integer not null default 0;
alter table logins add column extended integer not null default 0;
alter table logins add column idle_ends_at integer;
-- Whose account the session is that was there when it was started; and in the state other_account whose was found.
alter table logins add column reconnect integer not null default 0;
alter table logins add column expected text;
alter table logins add column found text;
-- The browser's own window is on a real display.
alter table logins add column in_window integer not null default 0;
