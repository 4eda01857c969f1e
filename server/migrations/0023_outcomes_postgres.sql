-- What became of each decision, and the name that its resource had then; what is before this has neither.
alter table audit add column outcome text;
alter table audit add column resource_name text;

-- The counts by outcome too; '' where none was recorded.
alter table record_counts rename to record_counts_before;
create table record_counts (
    hour bigint not null,
    action text not null,
    entry text not null,
    decision text not null,
    reason_code text not null,
    environment text not null,
    outcome text not null,
    many bigint not null,
    primary key (hour, action, entry, decision, reason_code, environment, outcome)
);
insert into record_counts (hour, action, entry, decision, reason_code, environment, outcome, many)
    select hour, action, entry, decision, reason_code, environment, '', many from record_counts_before;
drop table record_counts_before;

-- The words of every record are made again: they are other ones now. SQLite's are in a file of their own.
truncate record_words;
update record_index set indexed = 0, last_record = '';
