//! The ways to show who one is. A session remembers which one began it; it is no part of the session's own life.

/// A way by which a person showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password alone.
    Password,
    /// A password, then a one-time code (RFC 6238).
    PasswordAndCode,
    /// A password, then a recovery code.
    PasswordAndRecoveryCode,
    /// A passkey that verified its user (WebAuthn Level 3): a thing one has, and what unlocks it.
    Passkey,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Password, Self::PasswordAndCode, Self::PasswordAndRecoveryCode, Self::Passkey];

    /// The method as rows, records and forms spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndCode => "password+code",
            Self::PasswordAndRecoveryCode => "password+recovery-code",
            Self::Passkey => "passkey",
        }
    }

    /// Reads what [`Method::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Whether it shows two factors (SP 800-63B-4, 2.2).
    #[must_use]
    pub const fn shows_two_factors(self) -> bool {
        !matches!(self, Self::Password)
    }
}
