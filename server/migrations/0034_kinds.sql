-- What a secret is: text, key-value, file or certificate. All its versions are of the same kind.
alter table secrets add column kind text not null default 'text';
-- When the certificate of the current version ends.
alter table secrets add column expires_at bigint;
-- What may be seen of a value by whoever may see the secret. The value itself is encrypted.
alter table secret_versions add column file_name text;
alter table secret_versions add column pairs bigint;
alter table secret_versions add column certificate text;
alter table secret_versions add column expires_at bigint;
