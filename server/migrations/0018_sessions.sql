-- When a newer handle was first offered in the place of this one, and how often since. A used one replaces it.
alter table handles add column offered_at bigint;
alter table handles add column offers bigint not null default 0;

-- From where the session was confirmed last by the other family of addresses: IPv4 beside IPv6. PostgreSQL keeps the
-- columns that a view had when it was made, so it is made again.
alter table sessions add column other_address text;
drop view open_sessions;
create view open_sessions as
    select s.*, i.name, i.display_name, i.kind, i.frozen_at
    from sessions s join identities i on i.id = s.identity cross join deployment d
    where s.ended_at is null and s.identity_epoch = i.epoch and s.deployment_epoch = d.epoch;

-- When the person whom it is about has seen it. Others close it.
alter table incidents add column acknowledged_at bigint;
create index notices_unread on notices (identity) where read_at is null;
