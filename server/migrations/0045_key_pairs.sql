-- What shows that somebody holds a credential: the SHA-256 of a client secret in hexadecimal, or, for a key pair, the public key
-- after `ed25519:`, in base64.
alter table machine_credentials rename column secret_hash to verifier;

-- Challenges that were answered, so that none counts twice.
create table used_challenges (
    hash text primary key,
    ends_at bigint not null
);
create index used_challenges_by_end on used_challenges (ends_at);
