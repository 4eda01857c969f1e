-- What a person's authenticator app and this server share, sealed by the vault.
create table one_time_codes (
    identity text primary key references identities (id),
    key_id text not null,
    nonce blob not null,
    ciphertext blob not null,
    started_at bigint not null,
    -- Null until a first code was right; before that it confirms nothing.
    confirmed_at bigint,
    -- The step of the last code that counted; no code of that step or before it counts again.
    last_step bigint
);

-- A code that was used is not here any more.
create table recovery_codes (
    -- SHA-256 of the code, in hexadecimal.
    hash text primary key,
    identity text not null references identities (id)
);
create index recovery_codes_by_identity on recovery_codes (identity);

create table passkeys (
    -- In base64url, as the authenticator made it; unique among everybody.
    credential_id text primary key,
    identity text not null references identities (id),
    name text not null,
    -- JSON with the public key.
    passkey text not null,
    added_at bigint not null,
    last_used_at bigint
);
create index passkeys_by_identity on passkeys (identity, added_at);

-- Ceremonies that wait for their answer. Each is taken away before the answer is looked at.
create table ceremonies (
    -- SHA-256 of the id that the browser has, in hexadecimal.
    hash text primary key,
    kind text not null,
    -- Whose, and in which session; null where nobody is signed in yet.
    identity text references identities (id),
    session text,
    state text not null,
    ends_at bigint not null
);
create index ceremonies_by_end on ceremonies (ends_at);

insert into role_permissions (role, permission, environment) values ('administrator', 'methods.reset', '*');
