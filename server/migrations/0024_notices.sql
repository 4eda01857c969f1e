-- The secret that a notice is about, which the inbox links to.
alter table notices add column secret text;

-- What a person does not want to be told of. Notices about their own account cannot be muted.
create table muted_notices (
    identity text not null references identities (id),
    kind text not null,
    primary key (identity, kind)
);
