-- Service accounts. Each has an owner, who is responsible for it.
create table machines (
    identity text primary key references identities (id),
    owner text not null references identities (id),
    purpose text not null,
    environment text not null references environments (name),
    -- To whom its owner or an administrator offered it. Nothing changes until they accept.
    offered_to text references identities (id),
    offered_by text references identities (id),
    offered_at bigint
);
create index machines_by_owner on machines (owner);
create index machines_by_offer on machines (offered_to) where offered_to is not null;

create table machine_credentials (
    id text primary key,
    machine text not null references machines (identity),
    -- SHA-256 of the client secret, in hexadecimal. The secret has 256 random bits.
    secret_hash text not null unique,
    label text not null,
    made_by text references identities (id),
    made_at bigint not null,
    ends_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
create index machine_credentials_by_machine on machine_credentials (machine, id);

-- The credential that a machine's session came from, and what narrows the session.
create table machine_sessions (
    session text primary key references sessions (id) on delete cascade,
    credential text not null references machine_credentials (id),
    -- Names, with a space between them. Null for no bound.
    permissions text,
    environments text
);
create index machine_sessions_by_credential on machine_sessions (credential);

-- The sessions that count as far as rows say: a machine's needs its credential, and an owner who is not disabled.
drop view open_sessions;
create view open_sessions as
    select s.*, i.name, i.display_name, i.kind, i.frozen_at
    from sessions s join identities i on i.id = s.identity cross join deployment d
    where s.ended_at is null and s.identity_epoch = i.epoch and s.deployment_epoch = d.epoch
    and (i.kind = 'person' or exists (select 1 from machine_sessions m
        join machine_credentials c on c.id = m.credential and c.machine = s.identity and c.revoked_at is null
        join machines k on k.identity = c.machine
        join identities o on o.id = k.owner and o.frozen_at is null
        where m.session = s.id));
