//! A proof that a step-up consumes.

use crate::account::passkeys;
use doorward::{Method, SecretText};

/// The proof to consume.
pub(super) enum SpentProof {
    /// A password, by its stored hash.
    Password(String),
    /// A one-time code.
    Code(SecretText),
    /// A recovery code.
    RecoveryCode(SecretText),
    Passkey(passkeys::sql::Used),
}

impl SpentProof {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Password(_) => Method::Password,
            Self::Code(_) => Method::PasswordAndCode,
            Self::RecoveryCode(_) => Method::PasswordAndRecoveryCode,
            Self::Passkey(_) => Method::Passkey,
        }
    }

    /// Returns the reason for the record if the proof does not count.
    pub(super) const fn refusal(&self) -> (&'static str, &'static str) {
        match self {
            Self::Password(_) => ("wrong_password", "the password does not match"),
            Self::Code(_) => ("wrong_code", "the one-time code does not match, or was used"),
            Self::RecoveryCode(_) => ("wrong_recovery_code", "the recovery code does not match, or was used"),
            Self::Passkey(_) => ("passkey_gone", "the passkey was removed, or used otherwise, meanwhile"),
        }
    }
}

/// An authenticator app's code has six digits. Anything else may be a recovery code.
pub(super) fn of_code(code: SecretText) -> SpentProof {
    let digits = code.expose().chars().filter(|letter| !letter.is_whitespace());
    let is_short = digits.clone().count() == 6 && digits.clone().all(|letter| letter.is_ascii_digit());
    if is_short { SpentProof::Code(code) } else { SpentProof::RecoveryCode(code) }
}
