-- The logs of this ledger, one after the other; the one that has not ended is signed now. Of one that ended: the last
-- checkpoint that is known of it, and how many of the records the next log began with.
create table ledger_logs (
    number bigint primary key,
    public_key text not null,
    checkpoint text not null,
    kept bigint not null,
    ended_at bigint
);
