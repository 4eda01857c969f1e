-- What the rows that policy reads have been, and from when to when: triggers keep it, so no code can forget to. The times
-- are of the database's own clock, in milliseconds since 1970 UTC.
create table policy_history (
    id text primary key default replace(cast(gen_random_uuid() as text), '-', ''),
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

insert into policy_history (what, subject, object, environment, ends_at, since) select 'role', identity, role, environment, ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from identity_roles;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'permission', role, permission, environment, null, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from role_permissions;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'member', identity, group_id, '', ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from group_members;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'group_role', group_id, role, environment, ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from group_roles;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'grant', identity, secret, '', ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from grants;
insert into policy_history (what, subject, object, environment, ends_at, since) select 'group_grant', group_id, secret, '', ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from group_grants;
insert into policy_history (what, subject, object, environment, since) select 'account', id, '', '', cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from identities where frozen_at is null;
insert into policy_history (what, subject, object, environment, since) select 'secret', owner, id, environment, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from secrets;


create function keep_identity_roles() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'role' and subject = old.identity and object = old.role and environment = old.environment and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('role', new.identity, new.role, new.environment, new.ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger identity_roles_kept after insert or update or delete on identity_roles for each row execute function keep_identity_roles();

create function keep_role_permissions() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'permission' and subject = old.role and object = old.permission and environment = old.environment and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('permission', new.role, new.permission, new.environment, null, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger role_permissions_kept after insert or update or delete on role_permissions for each row execute function keep_role_permissions();

create function keep_group_members() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'member' and subject = old.identity and object = old.group_id and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('member', new.identity, new.group_id, '', new.ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger group_members_kept after insert or update or delete on group_members for each row execute function keep_group_members();

create function keep_group_roles() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'group_role' and subject = old.group_id and object = old.role and environment = old.environment and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_role', new.group_id, new.role, new.environment, new.ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger group_roles_kept after insert or update or delete on group_roles for each row execute function keep_group_roles();

create function keep_grants() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'grant' and subject = old.identity and object = old.secret and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('grant', new.identity, new.secret, '', new.ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger grants_kept after insert or update or delete on grants for each row execute function keep_grants();

create function keep_group_grants() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'group_grant' and subject = old.group_id and object = old.secret and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, ends_at, since) values ('group_grant', new.group_id, new.secret, '', new.ends_at, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger group_grants_kept after insert or update or delete on group_grants for each row execute function keep_group_grants();

create function keep_identities() returns trigger language plpgsql as $$ begin
    if new.frozen_at is not null then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'account' and subject = new.id and until is null;
    elsif tg_op = 'INSERT' or old.frozen_at is not null then
        insert into policy_history (what, subject, object, environment, since) values ('account', new.id, '', '', cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger identities_added after insert on identities for each row execute function keep_identities();
create trigger identities_changed after update of frozen_at on identities for each row
    when (old.frozen_at is distinct from new.frozen_at) execute function keep_identities();

create function keep_secrets() returns trigger language plpgsql as $$ begin
    if tg_op <> 'INSERT' then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'secret' and object = old.id and until is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into policy_history (what, subject, object, environment, since) values ('secret', new.owner, new.id, new.environment, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger secrets_added after insert or delete on secrets for each row execute function keep_secrets();
create trigger secrets_moved after update of owner, environment on secrets for each row
    when (old.owner <> new.owner or old.environment <> new.environment) execute function keep_secrets();
