-- Where each record stands in the sealed order; a row is added once and never changed.
create table ledger_leaves (
    leaf_index bigint primary key,
    record text not null unique
);

-- Hashes of the tree's complete subtrees (RFC 9162), in base 64; level 0 are the records' own.
create table ledger_nodes (
    level bigint not null,
    node_index bigint not null,
    hash text not null,
    primary key (level, node_index)
);

-- One row: how many records are sealed, when that was looked at last, and what was signed about it.
create table ledger_head (
    size bigint not null,
    sealed_at bigint not null,
    checkpoint text not null
);
insert into ledger_head (size, sealed_at, checkpoint) values (0, 0, '');
