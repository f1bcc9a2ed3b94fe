-- Where a run is, so that it can be taken up again, by a restart or by a run that continues it.
alter table runs add column cursor text;
alter table runs add column continues text;
alter table runs add column provider_version text not null default '';
-- Whether it read the whole list; only then does absence mean anything.
alter table runs add column complete integer not null default 0;

-- When a record's fields were last other than before, and since when the site does not show it any more.
alter table records add column changed_at integer not null default 0;
update records set changed_at = first_seen;
alter table records add column missing_since integer;
create index records_by_change on records (connection_id, stream, changed_at);

-- What a record's fields were before they changed.
create table record_changes (
    id integer not null primary key autoincrement,
    record_id integer not null references records (id) on delete cascade,
    run_id text not null,
    at integer not null,
    -- Only the fields that changed, with their values before: a JSON object.
    before text not null
) strict;

create index changes_of_a_record on record_changes (record_id, id);
