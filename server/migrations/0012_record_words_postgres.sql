-- The words of each sealed record, by its place.
create table record_words (
    rowid bigint primary key,
    words tsvector not null
);
create index record_words_by_word on record_words using gin (words);
