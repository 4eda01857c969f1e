-- One row: up to which place of the sealed order records were taken by a receiver, and which process forwards until when.
create table forwarding (
    next_index bigint not null,
    held_by text not null,
    held_until bigint not null
);
insert into forwarding (next_index, held_by, held_until) values (0, '', 0);
