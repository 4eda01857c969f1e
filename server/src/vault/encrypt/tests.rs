use super::*;
use crate::vault::{Binding, OneTimeBinding};
use std::fmt::Debug;
use std::sync::atomic::{AtomicU8, Ordering};

struct Fixed(u8);

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

/// Gives other bytes at each call.
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

const ABOUT: Binding<'_> = Binding { secret: "s-1", version: 3, environment: "dev" };

fn key(byte: u8) -> Key {
    Key::new(Zeroizing::new([byte; 32]))
}

fn vault(byte: u8) -> VaultKey {
    VaultKey::new(&key(byte))
}

fn vault_of(bytes: &[u8]) -> Vault {
    Vault::new(&bytes.iter().map(|byte| key(*byte)).collect::<Vec<_>>(), None)
}

fn text(plain: &str) -> SecretText {
    SecretText::new(plain.to_owned()).unwrap()
}

fn sealed() -> Sealed {
    vault(1).seal(&ABOUT, &text("hunter2 grün"), &Fixed(9))
}

#[test]
fn what_was_sealed_opens_the_same() {
    assert!(vault(1).open(&ABOUT, &sealed()) == Ok(text("hunter2 grün")));
    let long = text(&"x".repeat(doorward::LONGEST_SECRET));
    assert!(vault(1).open(&ABOUT, &vault(1).seal(&ABOUT, &long, &Fixed(2))) == Ok(long));
}

#[test]
fn what_was_sealed_shows_nothing_of_the_text() {
    let sealed = sealed();
    assert!(!sealed.ciphertext.windows(4).any(|part| b"hunter2".windows(4).any(|plain| plain == part)));
    assert!(sealed != vault(1).seal(&ABOUT, &text("hunter2 grün"), &Fixed(8)), "the nonce is not used");
}

/// The environment must match too.
#[test]
fn a_value_opens_for_its_own_secret_and_version_alone() {
    let others = [
        Binding { secret: "s-2", ..ABOUT },
        Binding { version: 4, ..ABOUT },
        Binding { environment: "prod", ..ABOUT },
        Binding { secret: "", version: 0, environment: "" },
    ];
    for other in others {
        assert!(vault(1).open(&other, &sealed()) == Err(SealError::NotAuthentic), "{other:?}");
    }
}

/// It does not open as a secret's value either.
#[test]
fn a_one_time_secret_opens_for_its_own_identity_alone() {
    let mine = OneTimeBinding { identity: "s-1" };
    let code = vault(1).seal(&mine, &text("JBSWY3DP"), &Fixed(9));
    assert!(vault(1).open(&mine, &code) == Ok(text("JBSWY3DP")));
    assert!(vault(1).open(&OneTimeBinding { identity: "s-2" }, &code) == Err(SealError::NotAuthentic));
    let value = Binding { secret: "s-1", version: 0, environment: "" };
    assert!(vault(1).open(&value, &code) == Err(SealError::NotAuthentic));
    assert!(vault(1).open(&mine, &sealed()) == Err(SealError::NotAuthentic));
}

#[test]
fn no_two_bindings_give_the_same_associated_data() {
    let parts = ["", "a", "ab", "b", "\0", "\u{1}\0"];
    let mut seen = std::collections::HashSet::new();
    for (secret, environment, version) in
        parts.iter().flat_map(|one| parts.iter().flat_map(move |two| [0, 1, -1].map(|three| (one, two, three))))
    {
        assert!(seen.insert(Binding { secret, version, environment }.associated_data()));
    }
}

/// Every copy of `whole` with one bit of one part flipped.
fn flipped(whole: &Sealed) -> Vec<Sealed> {
    let parts: [fn(&mut Sealed) -> &mut Vec<u8>; 3] =
        [|of| &mut of.nonce, |of| &mut of.ciphertext, |of| of.wrapped_key.as_mut().unwrap()];
    let mut all = Vec::new();
    for part in parts.into_iter().take(if whole.wrapped_key.is_some() { 3 } else { 2 }) {
        for bit in 0..part(&mut whole.clone()).len() * 8 {
            let mut changed = whole.clone();
            part(&mut changed)[bit / 8] ^= 1 << (bit % 8);
            all.push(changed);
        }
    }
    all
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    for whole in [sealed(), vault(1).seal_directly(&ABOUT, &text("hunter2 grün"), &Fixed(9))] {
        assert!(vault(1).open(&ABOUT, &whole) == Ok(text("hunter2 grün")));
        for changed in flipped(&whole) {
            assert!(vault(1).open(&ABOUT, &changed) == Err(SealError::NotAuthentic));
        }
    }
}

#[test]
fn what_is_too_short_or_too_long_is_refused() {
    let lengths = [0, 11, 12, 13, 27, 28, 40, 59, 61];
    for (nonce, ciphertext) in [(0, 40), (11, 40), (13, 40), (12, 0), (12, 15), (12, 16)] {
        for wrapped in [None].into_iter().chain(lengths.map(|length| Some(vec![0; length]))) {
            let odd =
                Sealed { wrapped_key: wrapped, nonce: vec![9; nonce], ciphertext: vec![0; ciphertext], ..sealed() };
            assert!(vault(1).open(&ABOUT, &odd) == Err(SealError::NotAuthentic));
        }
    }
    for length in lengths {
        let odd = Sealed { wrapped_key: Some(vec![0; length]), ..sealed() };
        assert!(vault(1).open(&ABOUT, &odd) == Err(SealError::NotAuthentic), "{length}");
    }
}

#[test]
fn each_value_has_a_data_key_of_its_own() {
    let random = Counting(AtomicU8::new(1));
    let (one, two) = (vault(1).seal(&ABOUT, &text("x"), &random), vault(1).seal(&ABOUT, &text("x"), &random));
    let mixed = Sealed { wrapped_key: two.wrapped_key.clone(), ..one.clone() };
    assert!(vault(1).open(&ABOUT, &mixed) == Err(SealError::NotAuthentic), "both have one data key");
    assert!(vault(1).open(&ABOUT, &one) == vault(1).open(&ABOUT, &two));
}

/// A value cannot be passed off as one of before data keys either.
#[test]
fn a_data_key_opens_for_its_own_value_alone() {
    let other = Binding { version: 4, ..ABOUT };
    let theirs = vault(1).seal(&other, &text("x"), &Fixed(9));
    let mixed = Sealed { wrapped_key: theirs.wrapped_key.clone(), ..sealed() };
    assert!(theirs.wrapped_key != sealed().wrapped_key);
    assert!(vault(1).open(&ABOUT, &mixed) == Err(SealError::NotAuthentic));
    let direct = Sealed { wrapped_key: None, ..sealed() };
    assert!(vault(1).open(&ABOUT, &direct) == Err(SealError::NotAuthentic));
}

#[test]
fn a_rewrapped_value_opens_by_its_new_key_alone() {
    let old = [sealed(), vault(1).seal_directly(&ABOUT, &text("hunter2 grün"), &Fixed(7))];
    for (before, is_envelope) in old.iter().zip([true, false]) {
        let both = vault_of(&[2, 1]);
        let after = both.rewrap(&vault(2).id, &ABOUT, before, &Fixed(5)).unwrap();
        assert_eq!(after.ciphertext == before.ciphertext, is_envelope, "the value is encrypted again only if it must");
        assert!(vault_of(&[2]).open(&ABOUT, &after) == Ok(text("hunter2 grün")));
        assert!(matches!(vault_of(&[1]).open(&ABOUT, &after), Err(SealError::OtherKey { .. })));
        for changed in flipped(before)
            .into_iter()
            .filter(|changed| is_envelope == (changed.nonce == before.nonce && changed.ciphertext == before.ciphertext))
        {
            assert!(both.rewrap(&vault(2).id, &ABOUT, &changed, &Fixed(5)) == Err(SealError::NotAuthentic));
        }
    }
}

#[test]
fn another_key_is_named_in_a_sentence() {
    let error = vault_of(&[2, 3]).open(&ABOUT, &sealed()).err().unwrap().to_string();
    assert!([1, 2, 3].iter().all(|byte| error.contains(&vault(*byte).id)), "{error}");
    let relabelled = Sealed { key_id: vault(2).id, ..sealed() };
    assert!(vault_of(&[2]).open(&ABOUT, &relabelled) == Err(SealError::NotAuthentic));
}

#[test]
fn a_keys_id_is_sixteen_digits_and_its_own() {
    assert_eq!(key(1).id().len(), 16);
    assert_eq!(key(1).id(), key(1).id());
    assert_ne!(key(1).id(), key(2).id());
}

#[test]
fn the_ciphers_key_is_wiped_from_memory() {
    // Holds only with the feature `zeroize` of the crate `aes`.
    fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<aes_gcm_siv::aes::Aes256>();
}

trait Unprinted<Marker> {
    fn holds() {}
}
struct Printable;
impl<T> Unprinted<()> for T {}
impl<T: Debug> Unprinted<Printable> for T {}

#[test]
fn types_that_hold_keys_have_no_debug() {
    // With a Debug on one of them, two impls would fit and this would not compile.
    <Key as Unprinted<_>>::holds();
    <Vault as Unprinted<_>>::holds();
    <VaultKey as Unprinted<_>>::holds();
    <SecretText as Unprinted<_>>::holds();
}
