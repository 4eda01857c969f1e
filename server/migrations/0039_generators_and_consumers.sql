-- How the next value is generated, if that is kept with the secret.
alter table secrets add column generator text;
-- The public part of a value that is the private part of a key pair.
alter table secret_versions add column public_part text;

-- Systems that somebody declared as users of a secret.
create table consumers (
    id text primary key,
    secret text not null references secrets (id),
    name text not null,
    contact text not null,
    note text not null,
    added_by text references identities (id),
    added_at bigint not null
);
create index consumers_by_secret on consumers (secret, name);
