-- What the rows that policy reads have been, and from when to when: triggers keep it, so no code can forget to. The times
-- are of the database's own clock, in milliseconds since 1970 UTC.
create table policy_history (
    id text primary key default (lower(hex(randomblob(16)))),
    -- role, permission, member, group_role, grant, group_grant, account, secret, group or environment.
    what text not null,
    subject text not null,
    object text not null,
    environment text not null,
    ends_at bigint,
    since bigint not null,
    -- Null while the row is there.
    until bigint
);
create index policy_history_of_subject on policy_history (what, subject, object);
create index policy_history_of_object on policy_history (what, object);


-- What is there when this table is made is known from then on.

insert into policy_history (what, subject, object, environment, ends_at, since) select 'role', identity, role, environment, ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer) from identity_roles;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'permission', role, permission, environment, null, cast((julianday('now') - 2440587.5) * 86400000 as integer) from role_permissions;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'member', identity, group_id, '', ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer) from group_members;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'group_role', group_id, role, environment, ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer) from group_roles;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'grant', identity, secret, '', ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer) from grants;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'group_grant', group_id, secret, '', ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer) from group_grants;
insert into policy_history (what, subject, object, environment, since) select 'account', id, '', '', cast((julianday('now') - 2440587.5) * 86400000 as integer) from identities where frozen_at is null;
insert into policy_history (what, subject, object, environment, since) select 'secret', owner, id, environment, cast((julianday('now') - 2440587.5) * 86400000 as integer) from secrets;


create trigger identity_roles_added after insert on identity_roles begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('role', new.identity, new.role, new.environment, new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger identity_roles_removed after delete on identity_roles begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'role' and subject = old.identity and object = old.role and environment = old.environment and until is null;
end;
create trigger identity_roles_changed after update on identity_roles begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'role' and subject = old.identity and object = old.role and environment = old.environment and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('role', new.identity, new.role, new.environment, new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger role_permissions_added after insert on role_permissions begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('permission', new.role, new.permission, new.environment, null, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger role_permissions_removed after delete on role_permissions begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'permission' and subject = old.role and object = old.permission and environment = old.environment and until is null;
end;
create trigger role_permissions_changed after update on role_permissions begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'permission' and subject = old.role and object = old.permission and environment = old.environment and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('permission', new.role, new.permission, new.environment, null, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger group_members_added after insert on group_members begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('member', new.identity, new.group_id, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger group_members_removed after delete on group_members begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'member' and subject = old.identity and object = old.group_id and until is null;
end;
create trigger group_members_changed after update on group_members begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'member' and subject = old.identity and object = old.group_id and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('member', new.identity, new.group_id, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger group_roles_added after insert on group_roles begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_role', new.group_id, new.role, new.environment, new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger group_roles_removed after delete on group_roles begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'group_role' and subject = old.group_id and object = old.role and environment = old.environment and until is null;
end;
create trigger group_roles_changed after update on group_roles begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'group_role' and subject = old.group_id and object = old.role and environment = old.environment and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_role', new.group_id, new.role, new.environment, new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger grants_added after insert on grants begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('grant', new.identity, new.secret, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger grants_removed after delete on grants begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'grant' and subject = old.identity and object = old.secret and until is null;
end;
create trigger grants_changed after update on grants begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'grant' and subject = old.identity and object = old.secret and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('grant', new.identity, new.secret, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger group_grants_added after insert on group_grants begin
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_grant', new.group_id, new.secret, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger group_grants_removed after delete on group_grants begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'group_grant' and subject = old.group_id and object = old.secret and until is null;
end;
create trigger group_grants_changed after update on group_grants begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'group_grant' and subject = old.group_id and object = old.secret and until is null;
    insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_grant', new.group_id, new.secret, '', new.ends_at, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger identities_added after insert on identities when new.frozen_at is null begin
    insert into policy_history (what, subject, object, environment, since) values ('account', new.id, '', '', cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger identities_disabled after update of frozen_at on identities when old.frozen_at is null and new.frozen_at is not null begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'account' and subject = new.id and until is null;
end;
create trigger identities_enabled after update of frozen_at on identities when old.frozen_at is not null and new.frozen_at is null begin
    insert into policy_history (what, subject, object, environment, since) values ('account', new.id, '', '', cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;

create trigger secrets_added after insert on secrets begin
    insert into policy_history (what, subject, object, environment, since) values ('secret', new.owner, new.id, new.environment, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
create trigger secrets_removed after delete on secrets begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'secret' and object = old.id and until is null;
end;
create trigger secrets_moved after update of owner, environment on secrets when old.owner <> new.owner or old.environment <> new.environment begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'secret' and object = old.id and until is null;
    insert into policy_history (what, subject, object, environment, since) values ('secret', new.owner, new.id, new.environment, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;
