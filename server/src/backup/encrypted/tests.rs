use super::*;
use crate::backup::{RecoveryKey, RecoveryKeyError};
use crate::clock::SystemRandomness;
use doorward::SecretText;

fn key() -> Unlock {
    Unlock::Key(RecoveryKey::parse(b"doorward-recovery-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap())
}

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(SecretText::new(text.to_owned()).unwrap())
}

fn sealed(unlock: &Unlock, plain: &[u8]) -> Vec<u8> {
    let mut sealing = Sealing::begin(Vec::new(), &unlock.lock(&SystemRandomness).unwrap()).unwrap();
    sealing.write_all(plain).unwrap();
    sealing.finish().unwrap()
}

fn opened(unlock: &Unlock, file: &[u8]) -> Result<Vec<u8>, BadFile> {
    let mut plain = Vec::new();
    let read = Opened::begin(file, unlock).and_then(|mut opened| opened.read_to_end(&mut plain));
    read.map(|_| plain).map_err(|error| bad_file(&error).expect("a reason"))
}

fn some(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn what_was_sealed_opens_the_same() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
        let file = sealed(&key(), &some(length));
        assert_eq!(opened(&key(), &file), Ok(some(length)), "{length}");
        assert_ne!(file, sealed(&key(), &some(length)), "each file has a key of its own");
    }
}

#[test]
fn a_file_that_ends_early_or_late_is_refused() {
    for length in [0, 9, CHUNK, 2 * CHUNK, 2 * CHUNK + 9] {
        let file = sealed(&key(), &some(length));
        let ends = [HEADER_BYTES, HEADER_BYTES + 1, file.len() - 1, file.len().saturating_sub(17)];
        let at_chunks = (1..4).map(|chunk| HEADER_BYTES + chunk * (CHUNK + TAG));
        for end in ends.into_iter().chain(at_chunks).filter(|end| *end < file.len()) {
            assert!(opened(&key(), &file[..end]).is_err(), "{length} bytes, cut at {end}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(opened(&key(), &longer).is_err(), "{length}: a byte behind the end");
        longer.extend_from_slice(&file[HEADER_BYTES..]);
        assert!(opened(&key(), &longer).is_err(), "{length}: another file behind the end");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_the_file_is_found() {
    let file = sealed(&key(), &some(CHUNK + 40));
    let places =
        (0..HEADER_BYTES + 40).chain((HEADER_BYTES + 40..file.len()).step_by(997)).chain(file.len() - 20..file.len());
    for at in places {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(opened(&key(), &changed).is_err(), "{at}");
    }
}

#[test]
fn chunks_in_another_order_are_refused() {
    let file = sealed(&key(), &some(3 * CHUNK + 5));
    let chunk = |number: usize| HEADER_BYTES + number * (CHUNK + TAG)..HEADER_BYTES + (number + 1) * (CHUNK + TAG);
    let mut swapped = file.clone();
    swapped[chunk(0)].copy_from_slice(&file[chunk(1)]);
    swapped[chunk(1)].copy_from_slice(&file[chunk(0)]);
    let mut twice = file.clone();
    twice[chunk(1)].copy_from_slice(&file[chunk(0)]);
    let left_out = [&file[..chunk(1).start], &file[chunk(1).end..]].concat();
    let other = sealed(&key(), &some(3 * CHUNK + 5));
    let mut of_another = file.clone();
    of_another[chunk(1)].copy_from_slice(&other[chunk(1)]);
    for changed in [swapped, twice, left_out, of_another] {
        assert!(opened(&key(), &changed).is_err());
    }
}

#[test]
fn another_key_opens_nothing_and_says_so() {
    let (by_key, by_text) = (sealed(&key(), b"x"), sealed(&passphrase("correct horse"), b"x"));
    assert_eq!(opened(&passphrase("correct horse"), &by_text), Ok(b"x".to_vec()));
    let other = Unlock::Key(RecoveryKey::generate(&SystemRandomness));
    for (unlock, file, bad) in [
        (&other, &by_key, BadFile::NotOpened),
        (&passphrase("correct horse"), &by_key, BadFile::NeedsKey),
        (&key(), &by_text, BadFile::NeedsPassphrase),
        (&passphrase("wrong horse"), &by_text, BadFile::NotOpened),
    ] {
        assert_eq!(opened(unlock, file), Err(bad));
    }
}

#[test]
fn a_foreign_file_is_refused_with_its_reason() {
    let mut newer = sealed(&key(), b"x");
    newer[16] = b'2';
    let mut costly = sealed(&passphrase("correct horse"), b"x");
    costly[19..23].copy_from_slice(&u32::MAX.to_be_bytes());
    for (unlock, file, bad) in [
        (key(), Vec::new(), BadFile::NotABackup),
        (key(), b"age-encryption.org/v1\n".repeat(9), BadFile::NotABackup),
        (key(), newer, BadFile::OtherVersion),
        (passphrase("correct horse"), costly, BadFile::TooCostly),
    ] {
        assert_eq!(opened(&unlock, &file), Err(bad));
    }
}

#[test]
fn a_recovery_key_is_read_as_it_was_written() {
    let made = RecoveryKey::generate(&SystemRandomness);
    let file = sealed(&Unlock::Key(RecoveryKey::parse(made.line().as_bytes()).unwrap()), b"x");
    assert_eq!(opened(&Unlock::Key(made), &file), Ok(b"x".to_vec()));
    for text in ["", "hunter2", "doorward-recovery-key-1 ", "doorward-recovery-key-1 aHVudGVyMg==\n"] {
        assert_eq!(RecoveryKey::parse(text.as_bytes()).err(), Some(RecoveryKeyError));
    }
}
