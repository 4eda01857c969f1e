-- The words of each sealed record, by its place. The words themselves are not kept, only where they stand.
create virtual table record_words using fts5(
    words, content = '', contentless_delete = 1, detail = 'none', tokenize = "ascii tokenchars '=.:-_'"
);
