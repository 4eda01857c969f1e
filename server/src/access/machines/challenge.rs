//! Challenges that a machine signs with its key pair. Each counts for a minute, and once.
//!
//! A challenge is its time and random bytes with an HMAC over them, so the server stores nothing
//! until one was answered rightly: asking for challenges makes nothing grow.

use crate::db::transaction::Source;
use crate::db::{self};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::guard::Unavailable;
use doorward::{CredentialId, Randomness, TimeSpan, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// How long a challenge counts.
pub const LIFETIME: TimeSpan = TimeSpan::minutes(1);
/// How far the clocks of two servers may be apart.
const SKEW: TimeSpan = TimeSpan::seconds(5);
/// The bytes before the HMAC: the time, then random ones.
const BODY: usize = 8 + 16;

const USE: &str = "insert into used_challenges (hash, ends_at) values ($1, $2) on conflict (hash) do nothing";
/// Of $1 and before. They are kept far longer than they count, so that a clock that steps back revives none.
pub const FORGET: &str = "delete from used_challenges where hash in \
     (select hash from used_challenges where ends_at < $1 order by ends_at limit $2 + 0)";

type Key = Zeroizing<[u8; 32]>;

/// Makes a challenge with the first key.
#[must_use]
pub fn new(keys: &[Key], now: Timestamp, random: &dyn Randomness) -> Option<String> {
    let mut body = [0; BODY];
    body[..8].copy_from_slice(&now.0.to_be_bytes());
    random.fill(&mut body[8..]);
    let tag = mac(keys.first()?, &body)?.finalize().into_bytes();
    Some(URL_SAFE_NO_PAD.encode([&body[..], &tag].concat()))
}

/// Returns whether this server, or another one with its keys, made the challenge within the last
/// minute.
#[must_use]
pub fn counts(keys: &[Key], challenge: &str, now: Timestamp) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(challenge) else { return false };
    let Some((body, tag)) = bytes.split_at_checked(BODY) else { return false };
    let made_by = |key| mac(key, body).is_some_and(|mac| mac.verify_slice(tag).is_ok());
    let Some(made) = body.first_chunk().map(|time| Timestamp(i64::from_be_bytes(*time))) else { return false };
    keys.iter().any(made_by) && made.since(now) <= SKEW && now < made.plus(LIFETIME)
}

fn mac(key: &Key, body: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::<Sha256>::new_from_slice(&**key).ok().map(|mac| mac.chain_update(body))
}

/// Returns what a machine signs. It names the server and the credential, so that a signature is of no use to another
/// server, and no other text that the machine signs can be taken for it.
#[must_use]
pub fn signed_text(origin: &str, credential: CredentialId, challenge: &str) -> String {
    format!("doorward session 1\n{origin}\n{credential}\n{challenge}\n")
}

/// Marks a challenge as answered. Returns false if it was answered before.
pub async fn use_up(source: &mut Source, challenge: &str, now: Timestamp) -> Result<bool, Unavailable> {
    let hash: String = Sha256::digest(challenge).iter().map(|byte| format!("{byte:02x}")).collect();
    let ends = now.plus(LIFETIME);
    source.execute(db::query(USE).bind(hash).bind(ends.0)).await.map(|rows| rows == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn keys(bytes: &[u8]) -> Vec<Key> {
        bytes.iter().map(|byte| Zeroizing::new([*byte; 32])).collect()
    }

    #[test]
    fn a_challenge_counts_for_a_minute() {
        let challenge = new(&keys(&[7]), NOW, &SystemRandomness).expect("a challenge");
        let counts = |at| counts(&keys(&[7]), &challenge, Timestamp(NOW.0 + at));
        assert!(counts(0) && counts(59_999) && !counts(60_000));
        assert!(counts(-5_000) && !counts(-5_001), "another server's clock");
    }

    #[test]
    fn a_challenge_that_was_changed_is_none() {
        let challenge = new(&keys(&[7]), NOW, &SystemRandomness).expect("a challenge");
        for at in 0..challenge.len() {
            let other = if challenge.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &challenge[..at], &challenge[at + 1..]);
            assert!(!counts(&keys(&[7]), &changed, NOW), "place {at}");
        }
        for other in ["", "A", &challenge[1..], &format!("{challenge}AAAA")] {
            assert!(!counts(&keys(&[7]), other, NOW), "{other}");
        }
        assert!(!counts(&keys(&[8]), &challenge, NOW) && counts(&keys(&[8, 7]), &challenge, NOW));
    }
}
