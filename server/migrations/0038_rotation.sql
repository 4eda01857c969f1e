-- After how many days a secret is due for a new value, and when it got its present one.
alter table secrets add column rotation_days bigint;
alter table secrets add column rotated_at bigint not null default 0;
update secrets set rotated_at = coalesce(
    (select v.created_at from secret_versions v where v.secret = secrets.id and v.version = secrets.version), updated_at);
-- The due dates that somebody was told of: that one comes near, and that it has passed.
alter table secrets add column due_told bigint;
alter table secrets add column overdue_told bigint;
create index secrets_by_due on secrets ((rotated_at + rotation_days * 86400000)) where rotation_days is not null;
