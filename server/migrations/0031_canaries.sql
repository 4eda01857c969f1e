-- Secrets that nobody uses: whoever discloses one loses the session.
create table canaries (
    secret text primary key,
    marked_by text references identities (id),
    marked_at bigint not null
);

-- Imports between their preview and their confirmation, for ten minutes. The values are encrypted.
create table pending_imports (
    id text primary key,
    session text not null,
    environment text not null,
    -- Whether secrets that exist get a new version, or are skipped.
    existing text not null,
    ends_at bigint not null
);
create index pending_imports_by_session on pending_imports (session);
create table pending_import_entries (
    import text not null,
    position bigint not null,
    name text not null,
    key_id text not null,
    wrapped_key blob,
    nonce blob not null,
    ciphertext blob not null,
    primary key (import, position)
);
