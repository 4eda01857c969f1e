-- Raising an epoch ends every session that began before it: of one identity, or of everybody.
alter table identities add column epoch bigint not null default 0;
-- Raised where something that the identity could do was taken back, so that its open pages are asked for again.
alter table identities add column rights bigint not null default 0;
-- 1 where the identity has a second factor, which each of its sessions must show.
alter table identities add column second_factor bigint not null default 0;

-- One row. `release` is the highest epoch that a deployment has named in its settings.
create table deployment (
    epoch bigint not null,
    release bigint not null
);
insert into deployment (epoch, release) values (0, 0);

create table kept_sessions (
    id text primary key,
    identity text not null references identities (id),
    -- How it was authenticated last.
    authentication text not null references authentications (id),
    identity_epoch bigint not null,
    deployment_epoch bigint not null,
    started_at bigint not null,
    last_used_at bigint not null,
    idle_limit bigint not null,
    ends_at bigint not null,
    ended_at bigint,
    ended_because text,
    -- From where it was authenticated last.
    address text,
    user_agent text,
    data text
);
insert into kept_sessions (id, identity, authentication, identity_epoch, deployment_epoch, started_at, last_used_at,
    idle_limit, ends_at, ended_at, ended_because, address, user_agent, data)
    select id, identity, authentication, 0, 0, started_at, last_used_at, idle_limit, ends_at, ended_at, ended_because,
        address, user_agent, data from sessions;

-- Every handle that a session has had: an old one that comes back tells of a copy.
create table handles (
    -- SHA-256 of the handle, in hexadecimal; the handle itself is only in the browser.
    hash text primary key,
    session text not null references kept_sessions (id),
    -- What whoever presents it has shown: an older handle does not gain by a later step-up.
    authentication text not null references authentications (id),
    generation bigint not null,
    issued_at bigint not null,
    -- When it first came back.
    used_at bigint,
    -- When a newer one came back.
    retired_at bigint,
    unique (session, generation)
);
insert into handles (hash, session, authentication, generation, issued_at, used_at)
    select handle_hash, id, authentication, 1, started_at, last_used_at from sessions;

drop table sessions;
alter table kept_sessions rename to sessions;
create index sessions_by_identity on sessions (identity, id);
create index sessions_by_end on sessions (ends_at) where ended_at is null;
create index sessions_by_idle_end on sessions ((last_used_at + idle_limit)) where ended_at is null;
create index sessions_by_ended on sessions (ended_at) where ended_at is not null;

-- The sessions that nobody has ended; those whose time is up are still among them.
create view open_sessions as
    select s.*, i.name, i.display_name, i.kind, i.frozen_at
    from sessions s join identities i on i.id = s.identity cross join deployment d
    where s.ended_at is null and s.identity_epoch = i.epoch and s.deployment_epoch = d.epoch;

-- What sessions of a role may last at most, and how many a person may have; the strictest of somebody's roles counts.
create table role_limits (
    role text primary key references roles (name),
    idle bigint,
    absolute bigint,
    most bigint not null,
    -- 'end_oldest' or 'refuse'.
    when_full text not null
);
insert into role_limits (role, idle, absolute, most, when_full) values
    ('viewer', null, null, 10, 'end_oldest'),
    ('operator', null, null, 10, 'end_oldest'),
    ('approver', null, null, 10, 'end_oldest'),
    ('auditor', null, null, 10, 'end_oldest'),
    -- NIST SP 800-63B-4 at AAL3: 12 hours in all, 15 minutes idle.
    ('administrator', 900000, 43200000, 5, 'end_oldest');

-- What was ended by whom, and how fast that held. Processes read it by `number` to tell the tabs they serve.
create table revocations (
    id text primary key,
    number bigint not null unique,
    at bigint not null,
    by_identity text references identities (id),
    by_name text not null,
    scope text not null,
    subject text not null,
    -- Whose sessions, where they are one identity's.
    identity text references identities (id),
    ended bigint not null,
    committed_at bigint,
    last_accepted_at bigint,
    streams bigint not null,
    streams_closed_at bigint,
    tabs bigint not null,
    tabs_emptied_at bigint
);
create index revocations_by_identity on revocations (by_identity, id);

-- The number of the newest revocation.
create table revocation_count (number bigint not null);
insert into revocation_count (number) values (0);

create table incidents (
    id text primary key,
    at bigint not null,
    identity text not null references identities (id),
    session text not null,
    kind text not null,
    address text,
    user_agent text,
    closed_at bigint,
    closed_by text references identities (id)
);
create index incidents_by_identity on incidents (identity, id);

create table notices (
    id text primary key,
    identity text not null references identities (id),
    at bigint not null,
    kind text not null,
    about text not null,
    read_at bigint
);
create index notices_by_identity on notices (identity, id);

-- Browsers, in words, with which somebody has signed in.
create table known_browsers (
    identity text not null references identities (id),
    browser text not null,
    first_seen_at bigint not null,
    primary key (identity, browser)
);

insert into role_permissions (role, permission, environment) values
    ('administrator', 'session.list', '*'),
    ('administrator', 'session.revoke', '*'),
    ('administrator', 'incident.list', '*'),
    ('administrator', 'incident.close', '*'),
    ('auditor', 'session.list', '*'),
    ('auditor', 'incident.list', '*');
