-- Since when nobody could tell whether the session works; null while it is known.
alter table connections add column unsure_since bigint;
-- By what the site was seen to have ended the session, or what was looked for in vain: JSON.
alter table connections add column evidence jsonb not null default '[]';
-- What the probe said of the session before a run ended badly: alive, ended, unknown. Null where it was not asked.
alter table runs add column session text;
-- The rules that were looked at for it, and what was seen: JSON.
alter table runs add column evidence jsonb not null default '[]';
-- What the end of the list was taken for, such as no_next; null where the run did not get there.
alter table runs add column list_end text;
-- So many items shared their key with a different one.
alter table runs add column duplicates bigint not null default 0;
-- The last run that read the whole list found so many, far more than this one did: it waits for somebody to accept that.
alter table runs add column shrunk_from bigint;
