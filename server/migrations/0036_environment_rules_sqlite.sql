-- What an environment is for, its place in every list, and its rules. `protected` is the first of them: a fresh
-- authentication before a value is shown or changed.
alter table environments add column description text not null default '';
alter table environments add column position bigint not null default 0;
-- A second factor, too.
alter table environments add column second_factor bigint not null default 0;
-- A stated reason before a value is shown.
alter table environments add column asks_reason bigint not null default 0;
-- Service accounts and agents are refused.
alter table environments add column no_machines bigint not null default 0;
update environments set position = case name when 'dev' then 1 when 'staging' then 2 when 'production' then 3
    else 4 + (select count(*) from environments e where e.name < environments.name
        and e.name not in ('dev', 'staging', 'production')) end;

-- `policy_history` keeps the rules as well: what 'rule', the environment as the subject, and the rule as the object.
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'fresh', name, cast((julianday('now') - 2440587.5) * 86400000 as integer) from environments where protected <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'second_factor', name, cast((julianday('now') - 2440587.5) * 86400000 as integer) from environments where second_factor <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'reason', name, cast((julianday('now') - 2440587.5) * 86400000 as integer) from environments where asks_reason <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'no_machines', name, cast((julianday('now') - 2440587.5) * 86400000 as integer) from environments where no_machines <> 0;

create trigger environments_added after insert on environments begin
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'fresh', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.protected <> 0;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'second_factor', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.second_factor <> 0;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'reason', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.asks_reason <> 0;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'no_machines', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.no_machines <> 0;
end;
create trigger environments_removed after delete on environments begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'rule' and subject = old.name and until is null;
end;
create trigger environments_fresh_changed after update of protected on environments when old.protected <> new.protected begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'rule' and subject = old.name and object = 'fresh' and until is null;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'fresh', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.protected <> 0;
end;
create trigger environments_second_factor_changed after update of second_factor on environments when old.second_factor <> new.second_factor begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'rule' and subject = old.name and object = 'second_factor' and until is null;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'second_factor', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.second_factor <> 0;
end;
create trigger environments_reason_changed after update of asks_reason on environments when old.asks_reason <> new.asks_reason begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'rule' and subject = old.name and object = 'reason' and until is null;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'reason', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.asks_reason <> 0;
end;
create trigger environments_no_machines_changed after update of no_machines on environments when old.no_machines <> new.no_machines begin
    update policy_history set until = cast((julianday('now') - 2440587.5) * 86400000 as integer) where what = 'rule' and subject = old.name and object = 'no_machines' and until is null;
    insert into policy_history (what, subject, object, environment, since) select 'rule', new.name, 'no_machines', new.name, cast((julianday('now') - 2440587.5) * 86400000 as integer) where new.no_machines <> 0;
end;
