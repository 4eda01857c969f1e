-- One row that is written to find out whether the database can be written.
create table write_probe (
    id bigint primary key check (id = 1),
    number bigint not null
);
insert into write_probe (id, number) values (1, 0);
