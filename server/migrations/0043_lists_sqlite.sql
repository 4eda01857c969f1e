-- A list is walked in its order, from an index alone, however many secrets there are.
create index secrets_in_use_by_name on secrets (name, id, environment) where archived_at is null;
create index secrets_in_use_by_update on secrets (updated_at desc, id, environment) where archived_at is null;
create index secrets_in_use_by_environment on secrets (environment, name, id) where archived_at is null;
create index secrets_archived_by_name on secrets (name, id, environment) where archived_at is not null;
