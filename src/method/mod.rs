//! Authentication methods. A session refers to the authentication that began it, but its lifetime
//! does not depend on it.

#[cfg(feature = "signatures")]
mod public_key;

#[cfg(feature = "signatures")]
pub use public_key::{BadPublicKey, PublicKey};

/// How a person or a service account authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password alone.
    Password,
    /// A password, then a one-time code (RFC 6238).
    PasswordAndCode,
    /// A password, then a recovery code.
    PasswordAndRecoveryCode,
    /// A passkey with user verification (WebAuthn Level 3): possession, plus the PIN or biometric
    /// that unlocks it.
    Passkey,
    /// The client secret of a service account. It is one factor, and no person was there.
    ClientSecret,
    /// A challenge that a service account signed with its key pair. It is one factor, and no person
    /// was there.
    KeyPair,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::PasswordAndCode,
        Self::PasswordAndRecoveryCode,
        Self::Passkey,
        Self::ClientSecret,
        Self::KeyPair,
    ];

    /// Returns the method as stored in rows, records and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndCode => "password+code",
            Self::PasswordAndRecoveryCode => "password+recovery-code",
            Self::Passkey => "passkey",
            Self::ClientSecret => "client_secret",
            Self::KeyPair => "key_pair",
        }
    }

    /// Parses what [`Method::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Returns whether the method counts as two factors (NIST SP 800-63B-4, section 2.2).
    #[must_use]
    pub const fn shows_two_factors(self) -> bool {
        !matches!(self, Self::Password | Self::ClientSecret | Self::KeyPair)
    }
}
