-- What was counted with the words is counted with the seals from now on.
insert into record_counts (hour, action, entry, decision, reason_code, many)
    select at / 3600000, action, entry, decision, reason_code, count(*)
    from ledger_leaves join audit on id = record
    where leaf_index >= (select indexed from record_index)
    group by at / 3600000, action, entry, decision, reason_code
    on conflict (hour, action, entry, decision, reason_code) do update set many = record_counts.many + excluded.many;

-- Every decision paid for these, and the words find the same.
drop index audit_by_resource;
drop index audit_by_name;
drop index audit_by_action;
drop index audit_by_reason;
drop index audit_refused;
