-- The words of what can be searched: of secrets in use, found in their environment, and of identities, found in '@people'.
create table search_texts (
    thing text primary key,
    scope text not null,
    words text not null
);
create table search_words (
    scope text not null,
    word text not null,
    thing text not null,
    primary key (scope, word, thing)
) without rowid;

-- What has changed since its words were kept. Triggers write it down, in the transaction that changes it.
create table search_stale (
    -- 'secret', or '@people' for an identity.
    what text not null,
    thing text not null,
    primary key (what, thing)
);
insert into search_stale (what, thing) select 'secret', id from secrets;
insert into search_stale (what, thing) select '@people', id from identities;

create trigger secrets_added_to_search after insert on secrets begin
    insert into search_stale (what, thing) values ('secret', new.id) on conflict do nothing;
end;
create trigger secrets_changed_to_search after update of name, description, owner, environment, archived_at on secrets begin
    insert into search_stale (what, thing) values ('secret', new.id) on conflict do nothing;
end;
create trigger secrets_removed_to_search after delete on secrets begin
    insert into search_stale (what, thing) values ('secret', old.id) on conflict do nothing;
end;
create trigger secret_tags_added_to_search after insert on secret_tags begin
    insert into search_stale (what, thing) values ('secret', new.secret) on conflict do nothing;
end;
create trigger secret_tags_removed_to_search after delete on secret_tags begin
    insert into search_stale (what, thing) values ('secret', old.secret) on conflict do nothing;
end;
create trigger identities_added_to_search after insert on identities begin
    insert into search_stale (what, thing) values ('@people', new.id) on conflict do nothing;
end;
create trigger identities_renamed_to_search after update of name, display_name on identities begin
    insert into search_stale (what, thing) values ('@people', new.id) on conflict do nothing;
    insert into search_stale (what, thing) select 'secret', id from secrets where owner = new.id on conflict do nothing;
end;
