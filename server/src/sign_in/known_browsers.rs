//! Marks of browsers that have signed in before, so that a flood of tries against an account never
//! locks out its owner.
//!
//! A successful sign-in leaves a mark in a separate cookie. A mark only grants tries: a browser
//! with a mark of an account is counted separately from strangers (see [`super::limits`]). It
//! consists of random bytes, a digest of the account, an expiry, and an HMAC over these with a key
//! for this purpose. The server stores nothing, so a flood cannot make anything grow.
//!
//! A mark says whether two factors were shown. Tries at one-time codes are counted separately only
//! with such a mark, because somebody who knew the password before the second factor was set up may
//! have collected marks with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::{Randomness, SecretText, TimeSpan, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How long a mark is valid.
pub const LIFETIME: TimeSpan = TimeSpan::hours(24 * 90);

/// The number of accounts that one browser may have marks of.
const MARKS: usize = 4;
/// The length of a mark in characters.
const LENGTH: usize = 98;
/// The bytes before the HMAC: id, account, expiry, strength.
const BODY: usize = 16 + 16 + 8 + 1;

/// A browser with a mark of one account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KnownBrowser {
    /// Random.
    pub id: [u8; 16],
    /// A digest of the account's name.
    pub account: [u8; 16],
}

/// What was shown at the sign-in that left a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// A password alone, for an account without a second factor.
    OneFactor,
    /// Two factors.
    TwoFactors,
}

#[derive(Clone, Copy)]
struct Mark {
    /// The place of the key that it was made with.
    key: usize,
    browser: KnownBrowser,
    ends: Timestamp,
    strength: Strength,
}

/// Creates and verifies marks.
pub struct KnownBrowsers(Vec<Zeroizing<[u8; 32]>>);

impl KnownBrowsers {
    /// Uses the first key to make marks. Marks of the others count too, until their vault key is
    /// retired.
    #[must_use]
    pub const fn new(keys: Vec<Zeroizing<[u8; 32]>>) -> Self {
        Self(keys)
    }

    /// Returns the browser if its cookie has a mark of `account` with at least this strength.
    #[must_use]
    pub fn find(&self, cookie: &str, account: &str, least: Strength, now: Timestamp) -> Option<KnownBrowser> {
        let mut marks = self.read(cookie, now);
        marks.find(|mark| self.is_of(mark, account) && covers(mark.strength, least)).map(|mark| mark.browser)
    }

    /// Returns the browser if its cookie has a mark of any account.
    #[must_use]
    pub fn find_any(&self, cookie: &str, now: Timestamp) -> Option<KnownBrowser> {
        self.read(cookie, now).next().map(|mark| mark.browser)
    }

    /// Returns the cookie after a sign-in to `account`: a new mark for it, then the marks of other
    /// accounts.
    #[must_use]
    pub fn marked(
        &self,
        cookie: &str,
        account: &str,
        strength: Strength,
        now: Timestamp,
        random: &dyn Randomness,
    ) -> Option<SecretText> {
        let mut id = [0; 16];
        random.fill(&mut id);
        let browser = KnownBrowser { id, account: self.digest(0, account) };
        let new = Mark { key: 0, browser, ends: now.plus(LIFETIME), strength };
        let others = self.read(cookie, now).filter(|mark| !self.is_of(mark, account));
        let marks = std::iter::once(new).chain(others).take(MARKS).map(|mark| self.spell(mark));
        SecretText::new(marks.collect::<Vec<_>>().join(".")).ok()
    }

    fn read(&self, cookie: &str, now: Timestamp) -> impl Iterator<Item = Mark> {
        let marks = cookie.split('.').take(MARKS).filter_map(|text| self.read_one(text));
        marks.filter(move |mark| now < mark.ends)
    }

    fn read_one(&self, text: &str) -> Option<Mark> {
        if text.len() != LENGTH {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY)?;
        let made_by = |key: &usize| self.mac(*key, b"mark", body).is_some_and(|mac| mac.verify_slice(tag).is_ok());
        let key = (0..self.0.len()).find(made_by)?;
        let strength = match body[40] {
            1 => Strength::OneFactor,
            2 => Strength::TwoFactors,
            _ => return None,
        };
        let browser = KnownBrowser { id: body[..16].try_into().ok()?, account: body[16..32].try_into().ok()? };
        Some(Mark { key, browser, ends: Timestamp(i64::from_be_bytes(body[32..40].try_into().ok()?)), strength })
    }

    fn spell(&self, mark: Mark) -> String {
        let mut bytes = Vec::with_capacity(BODY + 32);
        bytes.extend(mark.browser.id);
        bytes.extend(mark.browser.account);
        bytes.extend(mark.ends.0.to_be_bytes());
        bytes.push(match mark.strength {
            Strength::OneFactor => 1,
            Strength::TwoFactors => 2,
        });
        if let Some(mac) = self.mac(mark.key, b"mark", &bytes) {
            bytes.extend(mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn is_of(&self, mark: &Mark, account: &str) -> bool {
        mark.browser.account == self.digest(mark.key, account)
    }

    fn digest(&self, key: usize, account: &str) -> [u8; 16] {
        let mut digest = [0; 16];
        if let Some(mac) = self.mac(key, b"account", account.as_bytes()) {
            digest.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        digest
    }

    /// Returns the HMAC of a text of the given kind. `None` only for a key that is not there or that
    /// HMAC would not accept.
    fn mac(&self, key: usize, kind: &[u8], text: &[u8]) -> Option<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(&**self.0.get(key)?).ok()?;
        Some(mac.chain_update(kind).chain_update([0]).chain_update(text))
    }
}

const fn covers(has: Strength, least: Strength) -> bool {
    matches!((has, least), (Strength::TwoFactors, _) | (_, Strength::OneFactor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;
    use Strength::{OneFactor, TwoFactors};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn known_by(keys: &[u8]) -> KnownBrowsers {
        KnownBrowsers::new(keys.iter().map(|key| Zeroizing::new([*key; 32])).collect())
    }

    fn marked(cookie: &str, account: &str, strength: Strength) -> String {
        let cookie = known_by(&[7]).marked(cookie, account, strength, NOW, &SystemRandomness);
        cookie.expect("a mark").expose().to_owned()
    }

    fn knows(cookie: &str, account: &str, least: Strength, now: Timestamp) -> bool {
        known_by(&[7]).find(cookie, account, least, now).is_some()
    }

    #[test]
    fn a_mark_is_known_for_its_account_until_it_ends() {
        let cookie = marked("", "ada", OneFactor);
        assert_eq!(cookie.len(), LENGTH);
        assert!(knows(&cookie, "ada", OneFactor, NOW) && !knows(&cookie, "bob", OneFactor, NOW));
        assert!(knows(&cookie, "ada", OneFactor, NOW.plus(TimeSpan(LIFETIME.0 - 1))));
        assert!(!knows(&cookie, "ada", OneFactor, NOW.plus(LIFETIME)));
    }

    #[test]
    fn a_mark_of_one_factor_is_none_of_two() {
        assert!(!knows(&marked("", "ada", OneFactor), "ada", TwoFactors, NOW));
        let strong = marked("", "ada", TwoFactors);
        assert!(knows(&strong, "ada", TwoFactors, NOW) && knows(&strong, "ada", OneFactor, NOW));
    }

    #[test]
    fn a_browser_keeps_marks_of_a_few_accounts() {
        let mut cookie = String::new();
        for account in ["a", "b", "c", "d", "e", "e"] {
            cookie = marked(&cookie, account, OneFactor);
        }
        assert_eq!(cookie.split('.').count(), MARKS);
        assert!(!knows(&cookie, "a", OneFactor, NOW));
        assert!(["b", "c", "d", "e"].iter().all(|account| knows(&cookie, account, OneFactor, NOW)));
    }

    #[test]
    fn a_mark_that_was_changed_is_none() {
        let cookie = marked("", "ada", OneFactor);
        for at in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!knows(&String::from_utf8(changed).unwrap(), "ada", OneFactor, NOW), "{at}");
        }
        for other in ["", ".", "...........", &cookie[1..], &cookie.repeat(2)] {
            assert!(!knows(other, "ada", OneFactor, NOW), "{other}");
        }
        assert!(known_by(&[8]).find(&cookie, "ada", OneFactor, NOW).is_none());
    }

    #[test]
    fn a_mark_of_an_older_key_counts_until_it_is_retired() {
        let old = marked("", "ada", OneFactor);
        assert!(known_by(&[8, 7]).find(&old, "ada", OneFactor, NOW).is_some());
        let both = known_by(&[8, 7]).marked(&old, "bob", OneFactor, NOW, &SystemRandomness).expect("a mark");
        for (keys, ada, bob) in [(&[8, 7][..], true, true), (&[8], false, true), (&[7], true, false)] {
            let knows = |account| known_by(keys).find(both.expose(), account, OneFactor, NOW).is_some();
            assert_eq!((knows("ada"), knows("bob")), (ada, bob), "{keys:?}");
        }
        let again = known_by(&[8, 7]).marked(&old, "ada", OneFactor, NOW, &SystemRandomness).expect("a mark");
        assert_eq!(again.expose().len(), LENGTH, "the old mark of the account is replaced");
    }
}
