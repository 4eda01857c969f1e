-- Why a version was made, and the version whose value it brought back.
alter table secret_versions add column reason text not null default '';
alter table secret_versions add column restored_from bigint;

-- Counts the changes of what is said about a secret, so that nobody overwrites a change that they have not seen.
alter table secrets add column revision bigint not null default 1;
alter table secrets add column edited_by text references identities (id);
alter table secrets add column edited_at bigint;
