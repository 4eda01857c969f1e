-- Runs of sealed records that left the database, each with the file that has them. `removed` is the place up to which the
-- database has them no more.
create table ledger_segments (
    first bigint primary key,
    last bigint not null,
    records bigint not null,
    bytes bigint not null,
    sha256 text not null,
    from_at bigint not null,
    until_at bigint not null,
    archived_at bigint not null,
    removed bigint not null
);
