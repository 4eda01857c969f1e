-- The session in which an app is set up: its secret is shown there alone.
alter table one_time_codes add column started_in text;

-- Forms that were sent and did their work. The same form does not do it again.
create table used_forms (
    -- SHA-256 of the form's token, in hexadecimal.
    hash text primary key,
    session text not null,
    used_at bigint not null
);
create index used_forms_by_time on used_forms (used_at);
