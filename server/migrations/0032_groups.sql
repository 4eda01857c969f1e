-- Groups of identities. What is given to a group counts for each member while the membership lasts.
create table identity_groups (
    id text primary key,
    name text not null unique,
    purpose text not null,
    created_at bigint not null,
    created_by text references identities (id)
);

create table group_members (
    group_id text not null references identity_groups (id),
    identity text not null references identities (id),
    ends_at bigint,
    added_by text references identities (id),
    added_at bigint not null,
    primary key (group_id, identity)
);
create index group_members_by_identity on group_members (identity);

create table group_roles (
    group_id text not null references identity_groups (id),
    role text not null references roles (name),
    environment text not null default '*',
    ends_at bigint,
    given_by text references identities (id),
    given_at bigint not null,
    primary key (group_id, role, environment)
);

create table group_grants (
    group_id text not null references identity_groups (id),
    secret text not null references secrets (id),
    granted_by text references identities (id),
    granted_at bigint not null,
    ends_at bigint,
    primary key (group_id, secret)
);
create index group_grants_by_secret on group_grants (secret);

-- Every role of an identity, its own and those of its groups. It ends with the role or with the membership, whichever
-- is first. For statements that do not correlate it with an outer row: SQLite would read all of it for each.
create view held_roles (identity, role, environment, ends_at, group_id) as
    select identity, role, environment, ends_at, cast(null as text) from identity_roles
    union all
    select m.identity, r.role, r.environment,
        case when m.ends_at is null or r.ends_at < m.ends_at then r.ends_at else m.ends_at end, m.group_id
    from group_members m join group_roles r on r.group_id = m.group_id;

-- The same for grants.
create view held_grants (identity, secret, granted_by, granted_at, ends_at, group_id) as
    select identity, secret, granted_by, granted_at, ends_at, cast(null as text) from grants
    union all
    select m.identity, g.secret, g.granted_by, g.granted_at,
        case when m.ends_at is null or g.ends_at < m.ends_at then g.ends_at else m.ends_at end, m.group_id
    from group_members m join group_grants g on g.group_id = m.group_id;
