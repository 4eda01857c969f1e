//! Recovery codes for people who have lost their second factor. Each can be used once.
//!
//! A code has 24 characters of Crockford's base 32, which is 120 random bits. Secrets with at least
//! 112 bits may be stored under a fast hash (ASVS 5.0, 6.5.2; NIST SP 800-63B-4, section 3.1.2.2),
//! because nobody can try that many. So a code is found by its hash with one look-up, and checking
//! a typed code needs no Argon2 round for each remaining code. The price is that a code is long to
//! type.

pub mod sql;

use doorward::{Randomness, SecretText};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The number of codes in a set.
pub const CODES: usize = 10;

/// The length of a code in characters, without dashes. Each has five bits.
const LENGTH: usize = 24;
/// The number of characters between two dashes.
const GROUP: usize = 6;
/// Crockford's base 32, without `i`, `l`, `o` and `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Returns [`CODES`] new codes such as `4t8d2k-x0v9qa-h6z3mc-w5re7p`. They are shown once and never
/// again.
#[must_use]
pub fn new(random: &dyn Randomness) -> Vec<SecretText> {
    (0..CODES).map(|_| draw(random)).collect()
}

/// Normalizes a code for hashing: lower case, no blanks or dashes, and `o`, `i` and `l` read as the
/// digits they are mistaken for (Crockford's rule). A text that is not a code does not become one.
#[must_use]
pub fn normalise(code: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(code.len()));
    let letters = code.chars().filter(|letter| !letter.is_whitespace() && !is_dash(*letter));
    for letter in letters {
        plain.push(match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
    }
    plain
}

/// Returns the stored form of a code: the SHA-256 of the normalized code in hexadecimal, 64
/// characters.
#[must_use]
pub fn hash(code: &str) -> String {
    // No salt is needed: equal hashes would require equal codes of 120 random bits.
    let digest = Sha256::digest(normalise(code).as_bytes());
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn draw(random: &dyn Randomness) -> SecretText {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    random.fill(&mut *bytes);
    let mut code = String::with_capacity(LENGTH + LENGTH / GROUP);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        // Uses five of eight random bits, so that all characters are equally likely.
        code.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    #[expect(clippy::expect_used, reason = "27 letters, digits and dashes are neither empty nor too long")]
    let code = SecretText::new(code).expect("a code is a short text");
    code
}

/// Returns whether this is one of the dashes that keyboards and word processors insert in place of
/// a hyphen.
fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;
    use std::collections::BTreeSet;

    struct Always(u8);

    impl Randomness for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn ten_codes_are_drawn_and_no_two_are_equal() {
        let codes = new(&SystemRandomness);
        let different: BTreeSet<_> = codes.iter().map(|code| hash(code.expose())).collect();
        assert_eq!((codes.len(), different.len()), (CODES, CODES));
    }

    #[test]
    fn a_code_is_four_groups_of_six_unmistakable_characters() {
        for code in new(&SystemRandomness) {
            let groups: Vec<_> = code.expose().split('-').collect();
            assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [GROUP; 4]);
            assert!(groups.concat().bytes().all(|letter| ALPHABET.contains(&letter)));
        }
    }

    #[test]
    fn a_code_has_the_bits_that_a_fast_hash_asks_for() {
        const { assert!(LENGTH * 5 >= 112) };
        let first = |byte| new(&Always(byte))[0].expose().chars().next();
        let all: BTreeSet<_> = (0..=u8::MAX).filter_map(first).collect();
        assert_eq!(all.len(), 32, "each character has five bits");
        assert_eq!(new(&Always(10))[0].expose(), "aaaaaa-aaaaaa-aaaaaa-aaaaaa");
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = "4t8d2k-x0v9qa-h6z3mc-w51e7p";
        for typed in [
            "4t8d2kx0v9qah6z3mcw51e7p",
            "4T8D2K-X0V9QA-H6Z3MC-W51E7P",
            "  4t8d2k x0v9qa\th6z3mc\u{a0}w51e7p\r\n",
            "4t8d2k–x0v9qa—h6z3mc−w51e7p",
            "4t8d2k-xOv9qa-h6z3mc-w5ie7p",
            "4t8d2k-xov9qa-h6z3mc-w5Le7p",
        ] {
            assert_eq!(hash(typed), hash(code), "{typed:?}");
        }
        for other in ["", "4t8d2k-x0v9qa-h6z3mc-w51e7", "4t8d2k-x0v9qa-h6z3mc-w51e7q", "4t8d2k_x0v9qa_h6z3mc_w51e7p"] {
            assert_ne!(hash(other), hash(code), "{other:?}");
        }
    }

    #[test]
    fn a_hash_is_sha_256_of_the_normalised_code_in_hexadecimal() {
        assert_eq!(hash("AB-C"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
