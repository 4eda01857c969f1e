-- The environment of what a decision was about; what is before this has none.
alter table audit add column environment text;

-- The counts by environment too; '' where there is none.
alter table record_counts rename to record_counts_before;
create table record_counts (
    hour bigint not null,
    action text not null,
    entry text not null,
    decision text not null,
    reason_code text not null,
    environment text not null,
    many bigint not null,
    primary key (hour, action, entry, decision, reason_code, environment)
);
insert into record_counts (hour, action, entry, decision, reason_code, environment, many)
    select hour, action, entry, decision, reason_code, '', many from record_counts_before;
drop table record_counts_before;

-- A role may be given for one environment: then it holds there what it holds there or everywhere, and nothing else.
alter table identity_roles add column environment text not null default '*';
