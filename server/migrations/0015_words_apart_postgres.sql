-- The record whose words were kept last says both how far they are and whether they are of this ledger.
alter table record_index drop column caught_up_at;
alter table record_index add column last_record text not null default '';
update record_index set last_record = coalesce((select record from ledger_leaves where leaf_index = indexed - 1), '');
