//! Public keys of machines: Ed25519 (RFC 8032), as the usual tools write them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The DER of a `SubjectPublicKeyInfo` of Ed25519 up to the key (RFC 8410, section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
/// The blob of an OpenSSH key up to the key (RFC 8709, section 4): two strings, each after its length.
const SSH: [u8; 19] = *b"\0\0\0\x0bssh-ed25519\0\0\0\x20";
const SSH_NAME: &str = "ssh-ed25519";
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";

/// A public key that proves possession of its private half. It is valid and not weak: signatures
/// by a key of small order would verify for anybody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicKey {
    /// The text has the private half.
    #[error("this is a private key; keep it to yourself and paste the public one")]
    Private,
    /// It is a key of another algorithm.
    #[error("this is no Ed25519 key; make one with ssh-keygen -t ed25519 or openssl genpkey -algorithm ed25519")]
    OtherAlgorithm,
    /// It is not written as OpenSSH or PEM writes a key.
    #[error("this is no public key in OpenSSH’s format or in PEM")]
    Malformed,
    /// Its bytes are no point of the curve, or one of small order.
    #[error("this key is not safe to use; make another one")]
    Unsafe,
}

impl PublicKey {
    /// Parses one line of OpenSSH (`ssh-ed25519 AAAA… comment`) or a PEM block `PUBLIC KEY`.
    ///
    /// # Errors
    /// Says why the text is no public key. The error never repeats it: it may be a private one.
    pub fn parse(text: &str) -> Result<Self, BadPublicKey> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            return Err(BadPublicKey::Private);
        }
        let bytes = if text.starts_with("-----BEGIN") { from_pem(text)? } else { from_ssh(text)? };
        Self::from_bytes(&bytes).ok_or(BadPublicKey::Unsafe)
    }

    /// Parses what [`Self::spelled`] returned.
    #[must_use]
    pub fn read(spelled: &str) -> Option<Self> {
        Self::from_bytes(&STANDARD.decode(spelled).ok()?.try_into().ok()?)
    }

    /// Returns the 32 bytes of the key in base64, as they are stored.
    #[must_use]
    pub fn spelled(&self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    /// Returns the key's fingerprint as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new_with_prefix(SSH).chain_update(self.0.as_bytes()).finalize();
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
    }

    /// Returns whether the private half signed exactly this message (RFC 8032, section 5.1.7, without
    /// its leeway).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).map(Self)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.fingerprint())
    }
}

fn from_pem(text: &str) -> Result<[u8; 32], BadPublicKey> {
    let inside = text.strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END));
    let spelled: String = inside.ok_or(BadPublicKey::Malformed)?.split_ascii_whitespace().collect();
    let der = STANDARD.decode(spelled).map_err(|_| BadPublicKey::Malformed)?;
    let key = der.strip_prefix(&SPKI).ok_or(BadPublicKey::OtherAlgorithm)?;
    key.try_into().map_err(|_| BadPublicKey::Malformed)
}

fn from_ssh(text: &str) -> Result<[u8; 32], BadPublicKey> {
    let mut words = text.split_ascii_whitespace();
    let (Some(name), Some(spelled)) = (words.next(), words.next()) else { return Err(BadPublicKey::Malformed) };
    if name != SSH_NAME || text.lines().count() != 1 {
        let is_other = ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| name.starts_with(prefix)) && name != SSH_NAME;
        return Err(if is_other { BadPublicKey::OtherAlgorithm } else { BadPublicKey::Malformed });
    }
    let blob = STANDARD.decode(spelled).map_err(|_| BadPublicKey::Malformed)?;
    let key = blob.strip_prefix(&SSH).ok_or(BadPublicKey::Malformed)?;
    key.try_into().map_err(|_| BadPublicKey::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    /// The public key of RFC 8410, section 10.1.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    fn ssh(key: &PublicKey) -> String {
        format!("ssh-ed25519 {} ci@example", STANDARD.encode([&SSH[..], key.0.as_bytes()].concat()))
    }

    #[test]
    fn a_key_is_the_same_in_each_format() {
        let key = PublicKey::parse(PEM).expect("a key");
        assert_eq!(PublicKey::parse(&ssh(&key)), Ok(key));
        assert_eq!(PublicKey::parse(&PEM.replace('\n', "\r\n")), Ok(key));
        assert_eq!(PublicKey::read(&key.spelled()), Some(key));
    }

    /// Made by `ssh-keygen -t ed25519` and `ssh-keygen -lf`.
    #[test]
    fn a_fingerprint_is_the_one_of_ssh_keygen() {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
        let key = PublicKey::parse(line).expect("a key");
        assert_eq!(key.fingerprint(), FINGERPRINT);
    }

    #[test]
    fn what_is_no_safe_public_key_is_refused() {
        let weak = |byte: u8| {
            let mut bytes = [0; 32];
            bytes[0] = byte;
            format!("ssh-ed25519 {}", STANDARD.encode([&SSH[..], &bytes].concat()))
        };
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----";
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==";
        let rsa_pem = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ==\n-----END PUBLIC KEY-----";
        let key = ssh(&PublicKey::parse(PEM).expect("a key"));
        for (text, expected) in [
            (private, BadPublicKey::Private),
            (rsa, BadPublicKey::OtherAlgorithm),
            (rsa_pem, BadPublicKey::OtherAlgorithm),
            ("", BadPublicKey::Malformed),
            ("ssh-ed25519", BadPublicKey::Malformed),
            (&key[..40], BadPublicKey::Malformed),
            (&format!("{key}\n{key}"), BadPublicKey::Malformed),
            (&PEM[..60], BadPublicKey::Malformed),
            (&weak(0), BadPublicKey::Unsafe),
            (&weak(1), BadPublicKey::Unsafe),
        ] {
            assert_eq!(PublicKey::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_signature_counts_for_its_message_alone() {
        let private = SigningKey::from_bytes(&[7; 32]);
        let key = PublicKey(private.verifying_key());
        let mut signature = private.sign(b"one").to_bytes();
        assert!(key.verifies(b"one", &signature) && !key.verifies(b"two", &signature));
        signature[40] ^= 1;
        assert!(!key.verifies(b"one", &signature));
    }

    const FINGERPRINT: &str = "SHA256:z/fSv0Z0RZS+Lccbc6ZoOWwt/fbj1VFJGSBKQbo4icE";
}
