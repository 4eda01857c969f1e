-- A vault has several keys. The one with the highest place encrypts; the others only decrypt.
alter table vault_keys add column place bigint not null default 1;
-- When everything that older keys had wrapped was wrapped by this one. Null while that is under way.
alter table vault_keys add column rotated_at bigint;
-- Since when nothing uses the key, and nothing may be encrypted with it again.
alter table vault_keys add column retired_at bigint;
update vault_keys set rotated_at = 0;

-- The value's own key, wrapped by the vault key. Null for values that the vault key encrypted itself.
alter table secret_versions add column wrapped_key blob;
alter table one_time_codes add column wrapped_key blob;
