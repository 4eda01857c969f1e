//! Ed25519 key pairs as files have them: PKCS#8 in PEM (RFC 8410), and OpenSSH's own format (its file PROTOCOL.key).

use super::Drawn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::generator::KeyFormat;
use doorward::guard::Unavailable;
use doorward::{Randomness, SecretText};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

/// The DER of a `OneAsymmetricKey` of Ed25519 up to the key.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// The DER of a `SubjectPublicKeyInfo` of Ed25519 up to the key.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

const SSH: &[u8] = b"ssh-ed25519";

pub(super) fn draw(format: KeyFormat, random: &dyn Randomness) -> Result<Drawn, Unavailable> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill(&mut *seed);
    let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let (private, public) = match format {
        KeyFormat::Pkcs8 => (pkcs8(&seed), pem("PUBLIC KEY", &[&SPKI[..], &public].concat(), 64)),
        KeyFormat::OpenSsh => {
            let mut check = [0; 4];
            random.fill(&mut check);
            let line = format!("ssh-ed25519 {}", STANDARD.encode(ssh_public(&public)));
            (openssh(&seed, &public, check), Zeroizing::new(line))
        }
    };
    let value = SecretText::new(private.to_string()).map_err(|_| Unavailable)?;
    Ok(Drawn { value, public: Some(public.trim_end().to_owned()) })
}

fn pkcs8(seed: &[u8; 32]) -> Zeroizing<String> {
    pem("PRIVATE KEY", &Zeroizing::new([&PKCS8[..], seed].concat()), 64)
}

/// Reads a key pair from PKCS#8 in PEM.
pub(crate) fn read_pkcs8(text: &str) -> Option<SigningKey> {
    let inside = text.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?.strip_suffix("-----END PRIVATE KEY-----")?;
    let spelled: Zeroizing<String> = Zeroizing::new(inside.split_ascii_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(&*spelled).ok()?);
    let seed = Zeroizing::new(<[u8; 32]>::try_from(der.strip_prefix(&PKCS8)?).ok()?);
    Some(SigningKey::from_bytes(&seed))
}

fn ssh_public(public: &[u8; 32]) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, SSH);
    put(&mut blob, public);
    blob
}

/// An unencrypted key: the vault encrypts it. `check` stands in it twice.
fn openssh(seed: &[u8; 32], public: &[u8; 32], check: [u8; 4]) -> Zeroizing<String> {
    // The vectors never grow beyond their capacity, so no copy of the key is left behind.
    let mut inside = Zeroizing::new(Vec::with_capacity(256));
    inside.extend_from_slice(&check);
    inside.extend_from_slice(&check);
    put(&mut inside, SSH);
    put(&mut inside, public);
    put(&mut inside, &Zeroizing::new([&seed[..], public].concat()));
    put(&mut inside, b"");
    for padding in 1.. {
        if inside.len().is_multiple_of(8) {
            break;
        }
        inside.push(padding);
    }
    let mut whole = Zeroizing::new(Vec::with_capacity(512));
    whole.extend_from_slice(b"openssh-key-v1\0");
    put(&mut whole, b"none");
    put(&mut whole, b"none");
    put(&mut whole, b"");
    whole.extend_from_slice(&1_u32.to_be_bytes());
    put(&mut whole, &ssh_public(public));
    put(&mut whole, &inside);
    pem("OPENSSH PRIVATE KEY", &whole, 70)
}

/// Appends a string as SSH has it: its length precedes it.
fn put(into: &mut Vec<u8>, text: &[u8]) {
    into.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    into.extend_from_slice(text);
}

fn pem(label: &str, bytes: &[u8], columns: usize) -> Zeroizing<String> {
    let spelled = Zeroizing::new(STANDARD.encode(bytes));
    let mut text = Zeroizing::new(String::with_capacity(2 * spelled.len() + 128));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in spelled.as_bytes().chunks(columns) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u8);

    impl Randomness for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    /// The key pair of RFC 8410, sections 10.1 and 10.3.
    #[test]
    fn a_key_pair_is_written_as_the_standard_has_it() {
        let private = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
        let seed = STANDARD.decode(private).expect("base64")[16..].try_into().expect("32 bytes");
        assert_eq!(*pkcs8(&seed), format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----\n"));
        let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        let spelled = STANDARD.encode([&SPKI[..], &public].concat());
        assert_eq!(spelled, "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
    }

    #[test]
    fn a_key_pair_is_read_back_as_it_was_written() {
        let text = pkcs8(&[7; 32]);
        assert_eq!(read_pkcs8(&text).map(|key| key.to_bytes()), Some([7; 32]));
        for wrong in ["", &text[1..], &text.replace("PRIVATE", "PUBLIC"), OPENSSH] {
            assert!(read_pkcs8(wrong).is_none());
        }
    }

    /// `ssh-keygen -y` reads this key and prints its public part.
    #[test]
    fn an_openssh_key_is_written_as_ssh_keygen_reads_it() {
        let Drawn { value, public } = draw(KeyFormat::OpenSsh, &Same(7)).expect("a key");
        let text = value.expose();
        assert_eq!(text, OPENSSH);
        assert_eq!(public.as_deref(), Some(OPENSSH_PUBLIC));
    }

    #[test]
    fn a_public_part_says_nothing_of_the_private_one() {
        for format in [KeyFormat::OpenSsh, KeyFormat::Pkcs8] {
            let (one, other) = (draw(format, &Same(1)).expect("a key"), draw(format, &Same(2)).expect("a key"));
            assert!(one.public != other.public && one.value != other.value);
            let public = one.public.expect("a public part");
            assert!(!public.contains("PRIVATE"), "{public}");
        }
    }

    const OPENSSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
        QyNTUxOQAAACDqSmxj4pxSCr71UHsTLsX5lUd2rr6+e5JCHuppFEbSLAAAAIgHBwcHBwcH\n\
        BwAAAAtzc2gtZWQyNTUxOQAAACDqSmxj4pxSCr71UHsTLsX5lUd2rr6+e5JCHuppFEbSLA\n\
        AAAEAHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB+pKbGPinFIKvvVQexMuxfmV\n\
        R3auvr57kkIe6mkURtIsAAAAAAECAwQF\n\
        -----END OPENSSH PRIVATE KEY-----\n";
    const OPENSSH_PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
}
