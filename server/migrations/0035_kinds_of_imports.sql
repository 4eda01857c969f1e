-- What a secret of an import is, and the name of a file.
alter table pending_import_entries add column kind text not null default 'text';
alter table pending_import_entries add column file_name text;
