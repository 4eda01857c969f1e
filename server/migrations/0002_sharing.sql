-- What has been done about one resource, the newest first.
create index audit_by_resource on audit (resource, id);

insert into role_permissions (role, permission, environment) values
    ('operator', 'secret.rename', 'dev'),
    ('operator', 'secret.rename', 'staging'),
    ('operator', 'secret.access', '*'),
    ('operator', 'secret.share', 'dev'),
    ('operator', 'secret.share', 'staging'),
    ('operator', 'secret.history', '*'),
    ('operator', 'secret.export', '*'),
    ('approver', 'secret.access', '*'),
    ('approver', 'secret.history', '*'),
    ('auditor', 'secret.access', '*'),
    ('auditor', 'secret.history', '*'),
    ('auditor', 'secret.export', '*'),
    ('auditor', 'route.list', '*'),
    ('administrator', 'secret.rename', '*'),
    ('administrator', 'secret.access', '*'),
    ('administrator', 'secret.share', '*'),
    ('administrator', 'secret.history', '*'),
    ('administrator', 'secret.export', '*'),
    ('administrator', 'route.list', '*');
