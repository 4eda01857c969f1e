-- The words of records stand in a file of their own (see words_file.rs), and so does how far they are kept.
drop table record_words;
drop table record_index;
