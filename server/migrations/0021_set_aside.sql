-- Sealed records that the receiver of forwarded records refused for good, so that those after them could go on. They stay in
-- the ledger. `records` from `place` on were sent together, and the receiver refused so many of them.
create table forwarding_set_aside (
    place bigint primary key,
    records bigint not null,
    refused bigint not null,
    at bigint not null,
    why text not null
);
