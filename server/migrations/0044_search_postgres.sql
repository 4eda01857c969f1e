-- The words of what can be searched: of secrets in use, found in their environment, and of identities, found in '@people'.
create table search_texts (
    thing text primary key,
    scope text not null,
    words text not null
);
create table search_words (
    scope text not null,
    word text collate "C" not null,
    thing text not null,
    primary key (scope, word, thing)
);

-- What has changed since its words were kept. Triggers write it down, in the transaction that changes it.
create table search_stale (
    -- 'secret', or '@people' for an identity.
    what text not null,
    thing text not null,
    primary key (what, thing)
);
insert into search_stale (what, thing) select 'secret', id from secrets;
insert into search_stale (what, thing) select '@people', id from identities;

create function secret_to_search() returns trigger language plpgsql as $$ begin
    if tg_op = 'DELETE' then
        insert into search_stale (what, thing) values ('secret', old.id) on conflict do nothing;
    else
        insert into search_stale (what, thing) values ('secret', new.id) on conflict do nothing;
    end if;
    return null;
end $$;
create trigger secrets_to_search after insert or delete or update of name, description, owner, environment, archived_at
    on secrets for each row execute function secret_to_search();

create function tag_to_search() returns trigger language plpgsql as $$ begin
    if tg_op = 'DELETE' then
        insert into search_stale (what, thing) values ('secret', old.secret) on conflict do nothing;
    else
        insert into search_stale (what, thing) values ('secret', new.secret) on conflict do nothing;
    end if;
    return null;
end $$;
create trigger secret_tags_to_search after insert or delete on secret_tags for each row execute function tag_to_search();

create function identity_to_search() returns trigger language plpgsql as $$ begin
    insert into search_stale (what, thing) values ('@people', new.id) on conflict do nothing;
    if tg_op = 'UPDATE' then
        insert into search_stale (what, thing) select 'secret', id from secrets where owner = new.id on conflict do nothing;
    end if;
    return null;
end $$;
create trigger identities_to_search after insert or update of name, display_name
    on identities for each row execute function identity_to_search();
