-- Both engines read this text. Times are milliseconds since 1970 UTC; '*' as an environment means every one.
create table environments (
    name text primary key,
    -- 1 where a value is shown or changed only after a fresh authentication.
    protected bigint not null
);

create table identities (
    id text primary key,
    kind text not null,
    name text not null unique,
    display_name text not null,
    created_at bigint not null,
    frozen_at bigint
);

create table passwords (
    identity text primary key references identities (id),
    phc text not null,
    changed_at bigint not null
);

create table roles (
    name text primary key,
    purpose text not null
);

create table role_permissions (
    role text not null references roles (name),
    permission text not null,
    environment text not null,
    primary key (role, permission, environment)
);

create table identity_roles (
    identity text not null references identities (id),
    role text not null references roles (name),
    primary key (identity, role)
);

create table authentications (
    id text primary key,
    identity text not null references identities (id),
    method text not null,
    at bigint not null,
    address text
);

create table sessions (
    id text primary key,
    -- SHA-256 of the handle, in hexadecimal; the handle itself is only in the browser.
    handle_hash text not null unique,
    identity text not null references identities (id),
    authentication text not null references authentications (id),
    started_at bigint not null,
    last_used_at bigint not null,
    idle_limit bigint not null,
    ends_at bigint not null,
    ended_at bigint,
    ended_because text,
    address text,
    user_agent text,
    data text
);
create index sessions_by_identity on sessions (identity);

create table secrets (
    id text primary key,
    environment text not null references environments (name),
    name text not null,
    owner text not null references identities (id),
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (environment, name)
);
create index secrets_by_owner on secrets (owner);

create table secret_versions (
    secret text not null references secrets (id),
    version bigint not null,
    key_id text not null,
    nonce blob not null,
    ciphertext blob not null,
    created_at bigint not null,
    created_by text references identities (id),
    primary key (secret, version)
);

create table grants (
    identity text not null references identities (id),
    secret text not null references secrets (id),
    granted_by text references identities (id),
    granted_at bigint not null,
    ends_at bigint,
    primary key (identity, secret)
);

create table audit (
    id text primary key,
    at bigint not null,
    identity text,
    name text,
    kind text,
    session text,
    authentication text,
    method text,
    action text not null,
    resource text not null,
    parameters text not null,
    decision text not null,
    reason_code text not null,
    reason text not null,
    entry text not null,
    address text,
    request text not null
);
create index audit_by_identity on audit (identity, id);

-- One row at most: the code of the set-up link, until the first administrator is made.
create table set_up (
    code_hash text primary key,
    ends_at bigint not null
);

-- Who belongs to the demonstration. Only their passwords are made anew at each start of it.
create table demo_identities (
    identity text primary key references identities (id)
);

-- One row: the vault key under which this database's values are sealed.
create table vault_keys (
    key_id text primary key
);

insert into environments (name, protected) values ('dev', 0), ('staging', 0), ('production', 1);

insert into roles (name, purpose) values
    ('viewer', 'Knows of the secrets that are granted to it.'),
    ('operator', 'Reads and changes the values of its secrets outside production, and reads those in production.'),
    ('approver', 'Knows of every secret, so as to judge requests.'),
    ('auditor', 'Knows of every secret, and sees no value.'),
    ('administrator', 'Keeps the vault: knows of every secret, and uses its own.');

insert into role_permissions (role, permission, environment) values
    ('viewer', 'secret.list', '*'),
    ('viewer', 'secret.read', '*'),
    ('viewer', 'secret.reveal', 'dev'),
    ('operator', 'secret.list', '*'),
    ('operator', 'secret.read', '*'),
    ('operator', 'secret.reveal', '*'),
    ('operator', 'secret.rotate', 'dev'),
    ('operator', 'secret.rotate', 'staging'),
    ('approver', 'secret.list', '*'),
    ('approver', 'secret.read', '*'),
    ('approver', 'secret.inventory', '*'),
    ('auditor', 'secret.list', '*'),
    ('auditor', 'secret.read', '*'),
    ('auditor', 'secret.inventory', '*'),
    ('administrator', 'secret.list', '*'),
    ('administrator', 'secret.read', '*'),
    ('administrator', 'secret.inventory', '*'),
    ('administrator', 'secret.reveal', '*'),
    ('administrator', 'secret.rotate', '*');
