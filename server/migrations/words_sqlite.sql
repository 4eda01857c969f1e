-- The words of each sealed record, by its place. The words themselves are not kept, only where they stand.
create virtual table words.record_words using fts5(
    words, content = '', contentless_delete = 1, detail = 'none', tokenize = "ascii tokenchars '=.:-_'"
);

-- One row: of how many sealed records the words are kept, and which record is the last of them.
create table words.record_index (
    indexed bigint not null,
    last_record text not null
);
insert into words.record_index (indexed, last_record) values (0, '');
