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
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'fresh', name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from environments where protected <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'second_factor', name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from environments where second_factor <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'reason', name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from environments where asks_reason <> 0;
insert into policy_history (what, subject, object, environment, since) select 'rule', name, 'no_machines', name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) from environments where no_machines <> 0;

create function keep_environments() returns trigger language plpgsql as $$ begin
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.protected <> new.protected) then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'rule' and subject = old.name and object = 'fresh' and until is null;
    end if;
    if tg_op <> 'DELETE' and new.protected <> 0 and (tg_op = 'INSERT' or old.protected = 0) then
        insert into policy_history (what, subject, object, environment, since) values ('rule', new.name, 'fresh', new.name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.second_factor <> new.second_factor) then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'rule' and subject = old.name and object = 'second_factor' and until is null;
    end if;
    if tg_op <> 'DELETE' and new.second_factor <> 0 and (tg_op = 'INSERT' or old.second_factor = 0) then
        insert into policy_history (what, subject, object, environment, since) values ('rule', new.name, 'second_factor', new.name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.asks_reason <> new.asks_reason) then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'rule' and subject = old.name and object = 'reason' and until is null;
    end if;
    if tg_op <> 'DELETE' and new.asks_reason <> 0 and (tg_op = 'INSERT' or old.asks_reason = 0) then
        insert into policy_history (what, subject, object, environment, since) values ('rule', new.name, 'reason', new.name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.no_machines <> new.no_machines) then
        update policy_history set until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) where what = 'rule' and subject = old.name and object = 'no_machines' and until is null;
    end if;
    if tg_op <> 'DELETE' and new.no_machines <> 0 and (tg_op = 'INSERT' or old.no_machines = 0) then
        insert into policy_history (what, subject, object, environment, since) values ('rule', new.name, 'no_machines', new.name, cast(extract(epoch from clock_timestamp()) * 1000 as bigint));
    end if;
    return null;
end $$;
create trigger environments_kept after insert or update or delete on environments for each row execute function keep_environments();
