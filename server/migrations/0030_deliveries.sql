-- Values that are delivered once. A value is there only while its delivery waits.
create table deliveries (
    id text primary key,
    sender text not null references identities (id),
    -- The named person; nobody if it is for anybody with the link.
    recipient text references identities (id),
    -- SHA-256 of the link's code, in hexadecimal; none if there is a named person.
    code_hash text unique,
    -- The secret and the version that were wrapped; none if the value was typed in.
    secret text,
    version bigint,
    environment text not null references environments (name),
    label text not null,
    made_at bigint not null,
    ends_at bigint not null,
    state text not null,
    changed_at bigint,
    taken_from text,
    -- SHA-256 of the token of the form that opened it: the same form is no second try.
    taken_form text,
    key_id text,
    wrapped_key blob,
    nonce blob,
    ciphertext blob
);
create index deliveries_by_sender on deliveries (sender, id);
create index deliveries_by_recipient on deliveries (recipient, id);
create index deliveries_by_end on deliveries (ends_at);
