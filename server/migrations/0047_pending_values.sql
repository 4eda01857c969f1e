-- A value that is saved and not in use yet: at most one for each secret. It is no version until it is promoted, so no
-- statement about versions can find it.
create table pending_values (
    secret text primary key references secrets (id),
    -- When it was saved. The encryption is bound to it.
    saved_at bigint not null,
    saved_by text references identities (id),
    reason text not null,
    file_name text,
    key_id text not null,
    wrapped_key blob,
    nonce blob not null,
    ciphertext blob not null
);

-- Who saved the value of a version, and when, if it was pending before.
alter table secret_versions add column saved_by text references identities (id);
alter table secret_versions add column saved_at bigint;
