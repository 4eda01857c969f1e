-- The secrets of one owner, by name. Without it, a list of them would read the row of every secret.
create index secrets_in_use_by_owner on secrets (owner, name, id, environment) where archived_at is null;
-- Archived secrets, by their latest change.
create index secrets_archived_by_update on secrets (updated_at desc, id, environment) where archived_at is not null;
