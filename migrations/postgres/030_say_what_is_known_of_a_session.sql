-- Since when nobody could tell whether the session works; null while it is known.
alter table connections add column unsure_since bigint;
-- What the probe said of the session before a run ended badly: alive, ended, unknown. Null where it was not asked.
alter table runs add column session text;
-- The rules that were looked at for it, and what was seen: JSON.
alter table runs add column evidence jsonb not null default '[]';
