//! Plausible names and values for secrets that are only canaries.

use doorward::{Randomness, SecretText};

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TEAMS: [&str; 8] = ["billing", "checkout", "core", "data", "identity", "platform", "reporting", "storefront"];

/// What a decoy looks like: the form's value, the ends of names, the start of the value, its random
/// characters, and the end of the value.
const SHAPES: [(&str, [&str; 3], &str, usize, &str); 5] = [
    ("payments-key", ["stripe-live-key", "payments-live-key", "acquirer-key"], "sk_live_", 24, ""),
    ("cloud-key", ["aws-secret-key", "cloud-admin-key", "backup-bucket-key"], "", 40, ""),
    ("code-token", ["github-token", "deploy-token", "ci-token"], "ghp_", 36, ""),
    (
        "database-url",
        ["primary-db-url", "database-url", "replica-db-url"],
        "postgres://app:",
        22,
        "@db-1.internal:5432/app",
    ),
    ("password", ["admin-password", "root-password", "console-password"], "", 20, ""),
];

/// A name and a value.
pub(super) struct Decoy {
    pub name: String,
    pub value: SecretText,
}

impl Decoy {
    /// Makes one of this shape. `None` if there is no such shape.
    pub(super) fn new(shape: &str, random: &dyn Randomness) -> Option<Self> {
        let (_, ends, start, length, end) = SHAPES.into_iter().find(|(value, ..)| *value == shape)?;
        let name = format!("{}/{}", pick(&TEAMS, random), pick(&ends, random));
        let value = format!("{start}{}{end}", text(length, random));
        Some(Self { name, value: SecretText::new(value).ok()? })
    }
}

fn byte(random: &dyn Randomness) -> usize {
    let mut bytes = [0];
    random.fill(&mut bytes);
    bytes[0].into()
}

fn pick<'a>(from: &[&'a str], random: &dyn Randomness) -> &'a str {
    from[byte(random) % from.len()]
}

/// Random letters and digits. Bytes that would make some of them likelier are left out.
fn text(length: usize, random: &dyn Randomness) -> String {
    let most = 256 - 256 % LETTERS_AND_DIGITS.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let byte = byte(random);
        if byte < most {
            text.push(LETTERS_AND_DIGITS[byte % LETTERS_AND_DIGITS.len()].into());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;
    use app::secrets::store;
    use doorward::SecretName;

    #[test]
    fn every_shape_of_the_form_makes_a_decoy() {
        for (shape, _) in store::SHAPES {
            let (one, other) = (Decoy::new(shape, &SystemRandomness), Decoy::new(shape, &SystemRandomness));
            let (one, other) = (one.expect("a decoy"), other.expect("a decoy"));
            assert!(SecretName::parse(&one.name).is_ok(), "{}", one.name);
            assert!(one.value != other.value, "{shape}");
        }
        assert!(Decoy::new("no-such-shape", &SystemRandomness).is_none());
        assert_eq!(SHAPES.len(), store::SHAPES.len());
    }
}
