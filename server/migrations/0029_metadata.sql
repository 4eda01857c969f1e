alter table secrets add column description text not null default '';
-- Since when it is out of use, and who took it out of use.
alter table secrets add column archived_at bigint;
alter table secrets add column archived_by text references identities (id);
-- When it is deleted for good, if somebody asked for that.
alter table secrets add column deletes_at bigint;
create index secrets_to_delete on secrets (deletes_at) where deletes_at is not null;

create table secret_tags (
    secret text not null references secrets (id),
    tag text not null,
    primary key (secret, tag)
);
create index secret_tags_by_tag on secret_tags (tag, secret);
