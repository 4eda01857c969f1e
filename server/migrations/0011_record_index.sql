-- One row: how many sealed records are in the two tables below, and when there were no more to put there.
create table record_index (
    indexed bigint not null,
    caught_up_at bigint not null
);
insert into record_index (indexed, caught_up_at) values (0, 0);

-- How many decisions of each sort an hour had.
create table record_counts (
    hour bigint not null,
    action text not null,
    entry text not null,
    decision text not null,
    reason_code text not null,
    many bigint not null,
    primary key (hour, action, entry, decision, reason_code)
);

-- Searches of the ledger that somebody keeps, as the query of an address.
create table kept_searches (
    identity text not null references identities (id),
    name text not null,
    query text not null,
    kept_at bigint not null,
    primary key (identity, name)
);
