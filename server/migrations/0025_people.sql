-- A role may have an end, and several scopes; who gave it is kept.
create table held_roles (
    identity text not null references identities (id),
    role text not null references roles (name),
    environment text not null default '*',
    ends_at bigint,
    given_by text references identities (id),
    given_at bigint,
    primary key (identity, role, environment)
);
insert into held_roles (identity, role, environment) select identity, role, environment from identity_roles;
drop table identity_roles;
alter table held_roles rename to identity_roles;

-- The sign-in name and the display name in lower case, for the search.
alter table identities add column search_text text not null default '';
update identities set search_text = lower(name) || ' ' || lower(display_name);
-- When it last signed in, if it has since this column is here.
alter table identities add column signed_in_at bigint;

-- The links by which invited people choose their first password.
create table invitations (
    identity text primary key references identities (id),
    -- SHA-256 of the link's code, in hexadecimal.
    code_hash text not null unique,
    made_by text references identities (id),
    made_at bigint not null,
    ends_at bigint not null
);
