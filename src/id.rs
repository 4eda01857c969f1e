//! Identifiers: ULIDs in lower case, 26 characters, sortable by creation time.

use crate::{Randomness, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

const LENGTH: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text is not an identifier in its canonical spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct BadId;

fn random_tail(random: &dyn Randomness) -> [u8; 10] {
    let mut tail = [0; 10];
    random.fill(&mut tail);
    tail
}

/// Encodes 48 bits of milliseconds and 80 random bits in Crockford's base 32, as the ULID
/// specification lays them out (<https://github.com/ulid/spec>).
fn encode(now: Timestamp, tail: [u8; 10]) -> [u8; LENGTH] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&tail);
    spell(u128::from_be_bytes(bytes))
}

fn spell(mut rest: u128) -> [u8; LENGTH] {
    let mut text = [b'0'; LENGTH];
    for character in text.iter_mut().rev() {
        *character = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    text
}

fn bits(text: &[u8; LENGTH]) -> u128 {
    let digits = text.iter().filter_map(|digit| ALPHABET.iter().position(|it| it == digit));
    digits.fold(0, |bits, digit| bits << 5 | digit as u128)
}

/// Decodes the time in the first ten characters.
fn created(text: &[u8; LENGTH]) -> Timestamp {
    let digits = text[..10].iter().filter_map(|digit| ALPHABET.iter().position(|it| it == digit));
    Timestamp(digits.fold(0, |sum, digit| sum << 5 | digit as i64))
}

fn parse(text: &str) -> Result<[u8; LENGTH], BadId> {
    let bytes: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| BadId)?;
    // 26 characters hold 130 bits, and an identifier has 128, so the first character is at most
    // `7`.
    let canonical = bytes[0] <= b'7' && bytes.iter().all(|byte| ALPHABET.contains(byte));
    canonical.then_some(bytes).ok_or(BadId)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; LENGTH]);

        impl $name {
            /// The all-zero identifier, which no record has. Lookups for text that is not an
            /// identifier use it.
            pub const NOTHING: Self = Self([b'0'; LENGTH]);

            /// Creates an identifier whose time part is `now`.
            #[must_use]
            pub fn new(now: Timestamp, random: &dyn Randomness) -> Self {
                Self(encode(now, random_tail(random)))
            }

            /// Parses an identifier.
            ///
            /// # Errors
            /// Refuses any other spelling (upper case, ambiguous letters, blanks), so that each
            /// thing has exactly one name.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                parse(text).map(Self)
            }

            /// Returns the 128 bits of the identifier.
            #[must_use]
            pub fn to_bits(&self) -> u128 {
                bits(&self.0)
            }

            /// Returns the identifier of these bits.
            #[must_use]
            pub fn from_bits(bits: u128) -> Self {
                Self(spell(bits))
            }

            /// Returns the creation time in milliseconds precision, by the clock of the node that
            /// created the identifier.
            #[must_use]
            pub fn made(&self) -> Timestamp {
                created(&self.0)
            }

            /// Returns the identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }
    };
}

identifier!(
    /// Identifies a person, a service account or an agent.
    IdentityId
);
identifier!(
    /// Identifies a session in pages and records. It is not the handle and grants nothing.
    SessionId
);
identifier!(
    /// Identifies one act of authentication.
    AuthenticationId
);
identifier!(
    /// Identifies a secret.
    SecretId
);
identifier!(
    /// Identifies a ledger record.
    RecordId
);
impl RecordId {
    /// Creates an identifier for which, among records of the same millisecond, the greater `order`
    /// sorts later. Only the lower 24 bits of `order` count; they replace random bits.
    #[must_use]
    pub fn in_order(now: Timestamp, order: u32, random: &dyn Randomness) -> Self {
        let mut tail = random_tail(random);
        tail[..3].copy_from_slice(&order.to_be_bytes()[1..]);
        Self(encode(now, tail))
    }
}

identifier!(
    /// Identifies one act of ending sessions, possibly many at once.
    RevocationId
);
identifier!(
    /// Identifies an incident.
    IncidentId
);
identifier!(
    /// Identifies a group of identities.
    GroupId
);
identifier!(
    /// Identifies a notice to a person.
    NoticeId
);
identifier!(
    /// Identifies a value that is delivered once. It grants nothing.
    DeliveryId
);
identifier!(
    /// Identifies a system that was declared as a user of a secret.
    ConsumerId
);
identifier!(
    /// Identifies a credential of a service account. It grants nothing.
    CredentialId
);

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (place, byte) in bytes.iter_mut().zip(1..) {
                *place = byte;
            }
        }
    }

    #[test]
    fn an_identifier_has_one_spelling() {
        let id = SecretId::new(Timestamp(1_795_000_000_000), &Counting);
        let text = id.to_string();
        assert_eq!(SecretId::parse(&text), Ok(id));
        for other in [
            text.to_uppercase(),
            format!(" {text}"),
            format!("{text}0"),
            text[1..].to_owned(),
            format!("8{}", &text[1..]),
            text.replace('0', "o"),
            String::new(),
        ] {
            assert_eq!(SecretId::parse(&other), Err(BadId), "{other}");
        }
    }

    #[test]
    fn an_identifier_says_when_it_was_made() {
        for at in [0, 1, 1_795_000_000_000, (1 << 48) - 1].map(Timestamp) {
            assert_eq!(SecretId::new(at, &Counting).made(), at);
        }
        assert_eq!(SecretId::NOTHING.made(), Timestamp(0));
    }

    #[test]
    fn identifiers_sort_by_time() {
        let ids = [1, 2, 40_000, 1_795_000_000_000].map(|at| SecretId::new(Timestamp(at), &Counting));
        assert!(ids.is_sorted());
    }

    #[test]
    fn record_identifiers_of_one_moment_sort_by_their_order() {
        let at = |now, order| RecordId::in_order(Timestamp(now), order, &Counting);
        let ids = [at(1, 700), at(2, 0), at(2, 1), at(2, 255), at(2, 256), at(2, 0xff_ffff), at(3, 0)];
        assert!(ids.is_sorted());
        assert_eq!(at(2, 0x0100_0000), at(2, 0), "24 bits count");
        assert_eq!(at(1_795_000_000_000, 9).made(), Timestamp(1_795_000_000_000));
    }
}
