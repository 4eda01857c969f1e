-- One row: when a process that sends notices to a webhook was last there. 0 where none ever was.
create table webhook (seen_at bigint not null);
insert into webhook (seen_at) values (0);

-- Notices that the webhook has not taken yet.
create table webhook_outbox (
    notice text primary key references notices (id),
    next_try_at bigint not null,
    tries bigint not null
);
create index webhook_outbox_by_next_try on webhook_outbox (next_try_at);
