mod opened;

use super::*;
use crate::clock::SystemRandomness;
use opened::{Opens, decrypt};
use proptest::prelude::*;

/// The key pair of the specification's test kit: 32 bytes of a private key, and its public key.
fn pair(secret: [u8; 32]) -> Recipient {
    Recipient::Key(MontgomeryPoint::mul_base_clamped(secret).0)
}

#[test]
fn a_file_opens_with_its_private_key_only() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let plain: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut file = encrypt(&pair([9; 32]), &plain, &SystemRandomness).unwrap();
        assert!(file.starts_with(b"age-encryption.org/v1\n-> X25519 "));
        assert!(decrypt(&Opens::Key([9; 32]), &file).as_deref() == Some(&plain[..]), "{length}");
        assert!(decrypt(&Opens::Key([8; 32]), &file).is_none());
        let last = file.len() - 1;
        file[last] ^= 1;
        assert!(decrypt(&Opens::Key([9; 32]), &file).is_none());
    }
}

#[test]
fn a_file_opens_with_its_passphrase_only() {
    let passphrase = "correct horse battery";
    let to = Recipient::passphrase(SecretText::new(passphrase.to_owned()).unwrap()).ok().unwrap();
    let file = encrypt(&to, b"canary", &SystemRandomness).unwrap();
    assert_eq!(decrypt(&Opens::Passphrase(passphrase), &file).as_deref(), Some(&b"canary"[..]));
    assert!(decrypt(&Opens::Passphrase("correct horse"), &file).is_none());
    assert!(!file.windows(6).any(|part| part == b"canary"));
    let short = SecretText::new("fifteen letters".to_owned()).unwrap();
    assert!(Recipient::passphrase(short).is_err());
}

/// A file that the tool `age` 1.1.1 wrote, so that what opens files here follows the format and not only what this code writes.
#[test]
fn a_file_written_by_age_opens_here() {
    let secret = STANDARD_NO_PAD.decode("RP5FVPZddX9a393tmfLk4+Rd66ZqnGFGceRRcU6xbJM").unwrap();
    let file = STANDARD_NO_PAD.decode(WRITTEN_BY_AGE).unwrap();
    let plain = decrypt(&Opens::Key(secret.try_into().unwrap()), &file);
    assert_eq!(plain.as_deref(), Some(&b"written by age 1.1.1"[..]));
}

const WRITTEN_BY_AGE: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBSSGN6cEVJa3hSbUJXODhiVFRxazhrcmVsYUNCZCtKMnlk\
    KzJ1OFNNUWlBCmZmdGRqd1ZBRW5HRUxNckJmb2dtM0R2WXZEUE1rUWsyRDVHcDk1VndSWFUKLS0tIHlQUTlpbmtWbjJBNlIzaWcyN0RNM1Vubzk4\
    WHRaRDJ3TUIwcnpURWdaMEUKZIYpvDDVfySsHN62C2IN4vFhFuPTZlX6qjnaLfCpkVzw3EhfrF/KpwXeK3e6mlmS3A2FkQ";

/// Keys that age made, and what is wrong with others.
#[test]
fn a_public_key_is_read_as_age_writes_it() {
    let known = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    let Ok(Recipient::Key(key)) = Recipient::parse(known) else { panic!("it is a key") };
    assert_eq!(key[..4], [0x13, 0x2c, 0x44, 0x2b]);
    assert!(Recipient::parse(&format!(" {known}\n")).is_ok());
    for bad in [
        "",
        "age1",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        &known.replace("zvk", "zvq"),
        &known[..61],
        &format!("{known}q"),
        &known.to_uppercase(),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA",
    ] {
        assert!(matches!(Recipient::parse(bad), Err(BadRecipient::Key)), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader_of_public_keys(text in "age1[a-z0-9]{58}|.{0,70}") {
        let _ = Recipient::parse(&text);
    }
}
