-- Names are compared by their bytes, as in SQLite: so a folder is a range of names.
alter table secrets alter column name type text collate "C";
-- A list is walked in its order, from an index alone, however many secrets there are.
create index secrets_in_use_by_name on secrets (name, id, environment) where archived_at is null;
create index secrets_in_use_by_update on secrets (updated_at desc, id, environment) where archived_at is null;
create index secrets_in_use_by_environment on secrets (environment, name, id) where archived_at is null;
create index secrets_archived_by_name on secrets (name, id, environment) where archived_at is not null;
