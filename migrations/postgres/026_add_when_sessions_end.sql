-- When the session of a connection ends, where it says so.
alter table connections add column session_ends_at bigint;
