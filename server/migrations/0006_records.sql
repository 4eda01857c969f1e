-- What auditors look for, the newest first.
create index audit_by_name on audit (name, id);
create index audit_by_action on audit (action, id);
create index audit_by_reason on audit (reason_code, id);
create index audit_refused on audit (id) where decision = 'refused';

insert into role_permissions (role, permission, environment) values
    ('auditor', 'ledger.read', '*'),
    ('auditor', 'ledger.export', '*');
