-- When somebody was authenticated, and which rows of the policy were asked, at which of its versions.
alter table audit add column authenticated_at bigint;
alter table audit add column policy_version bigint;
alter table audit add column policy_rows text;

-- One row: how often the rows that policy reads were changed.
create table policy (version bigint not null);
insert into policy (version) values (0);
