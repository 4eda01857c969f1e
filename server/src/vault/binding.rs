//! What encrypted bytes are bound to. They can be decrypted only for the same binding.

/// What a value is bound to when it is encrypted.
pub trait Binds {
    /// The associated data: the kind of value, then each part with its length in front, so that no
    /// two bindings give the same bytes.
    fn associated_data(&self) -> Vec<u8>;
}

fn bytes_of(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut data = kind.to_vec();
    for part in parts {
        data.extend((part.len() as u64).to_be_bytes());
        data.extend(*part);
    }
    data
}

/// Binds a secret's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The secret's id.
    pub secret: &'a str,
    /// The version of its value.
    pub version: i64,
    /// The environment of the secret.
    pub environment: &'a str,
}

impl Binds for Binding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        bytes_of(b"doorward secret value 1", &[self.secret.as_bytes(), &version, self.environment.as_bytes()])
    }
}

/// Binds a value that is saved and not in use yet. It opens as no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingBinding<'a> {
    /// The secret's id.
    pub secret: &'a str,
    /// When it was saved, in milliseconds since 1970.
    pub saved: i64,
    /// The environment of the secret.
    pub environment: &'a str,
}

impl Binds for PendingBinding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let saved = self.saved.to_be_bytes();
        bytes_of(b"doorward pending value 1", &[self.secret.as_bytes(), &saved, self.environment.as_bytes()])
    }
}

/// Binds the shared secret of an identity's authenticator app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeBinding<'a> {
    /// The identity's id.
    pub identity: &'a str,
}

impl Binds for OneTimeBinding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        bytes_of(b"doorward one-time secret 1", &[self.identity.as_bytes()])
    }
}

/// Binds a data key to the value that it encrypts.
pub(super) struct DataKeyBinding<'a, B: Binds>(pub &'a B);

impl<B: Binds> Binds for DataKeyBinding<'_, B> {
    fn associated_data(&self) -> Vec<u8> {
        bytes_of(b"doorward data key 1", &[&self.0.associated_data()])
    }
}
