//! Sign-in methods: the data for pages, and the store trait.

use crate::account;
use crate::backend::{Permit, StoreError};
use crate::sign_in::store::{PasskeyAnswer, SignedIn};
use async_trait::async_trait;
use doorward::guard::Asked;
use doorward::{SecretText, Timestamp};
use std::fmt;
use zeroize::Zeroizing;

/// What an authenticator app needs for one-time codes. Shown only to the owner.
pub struct CodeSetUp {
    /// The secret in base 32, for typing.
    pub base32: SecretText,
    /// The `otpauth` address.
    pub uri: SecretText,
    /// The same as a QR code, an `svg` element.
    pub qr: Zeroizing<String>,
}

/// The state of one-time codes.
pub enum OneTimeCodes {
    /// There are none.
    Off,
    /// The set-up has begun but is not confirmed.
    Begun(CodeSetUp),
    /// Codes are on since this time.
    On(Timestamp),
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    pub credential_id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

/// The user's sign-in methods.
pub struct OwnMethods {
    /// When the password was last changed, or `None` if there is none.
    pub password_changed: Option<Timestamp>,
    /// The one-time codes.
    pub codes: OneTimeCodes,
    /// The number of unused recovery codes.
    pub recovery_codes: i64,
    pub passkeys: Vec<PasskeyRow>,
    /// Whether there is a second factor, which recovery codes could replace.
    pub has_second_factor: bool,
}

/// The hash of a new password that satisfies the rules.
pub struct HashedPassword(pub String);

/// New recovery codes, to be shown once.
pub struct NewRecoveryCodes(pub Vec<SecretText>);

/// The second factors of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// Whether one-time codes are on.
    pub codes: bool,
    /// Whether there is an unconfirmed secret.
    pub codes_begun: bool,
    /// The number of passkeys.
    pub passkeys: usize,
    /// The number of unused recovery codes.
    pub recovery_codes: i64,
}

impl fmt::Display for SecondFactors {
    /// A list as text, such as "one-time codes, 2 passkeys and 8 recovery codes".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [
            self.codes.then(|| "one-time codes".to_owned()),
            self.codes_begun.then(|| "an unfinished set-up of one-time codes".to_owned()),
            (self.passkeys > 0).then(|| counted(self.passkeys, "passkey")),
            (self.recovery_codes > 0).then(|| counted(self.recovery_codes, "recovery code")),
        ]
        .into_iter()
        .flatten()
        .collect();
        match parts.split_last() {
            None => out.write_str("nothing"),
            Some((last, [])) => out.write_str(last),
            Some((last, rest)) => write!(out, "{} and {last}", rest.join(", ")),
        }
    }
}

fn counted<N: PartialEq + From<u8> + fmt::Display>(count: N, what: &str) -> String {
    if count == N::from(1) { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Why a sign-in method was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    #[error("{0}")]
    WeakPassword(String),
    #[error("the current password does not match")]
    WrongPassword,
    #[error("the code does not match")]
    WrongCode,
    #[error("the passkey was not added")]
    WrongPasskey,
    #[error("there is nothing to change")]
    Nothing,
    #[error("there is no second factor")]
    NoSecondFactor,
    #[error("the form was sent before")]
    SentBefore,
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes the user's own sign-in methods. The user gets a notice about each change.
#[async_trait]
pub trait Methods: Send + Sync {
    /// Returns the user's sign-in methods.
    async fn methods(&self, permit: Permit<account::policy::ReadMethods>) -> Result<OwnMethods, StoreError>;

    /// Checks and hashes a new password. This is slow and therefore runs before any transaction
    /// begins. `current` must be correct unless the session has freshly shown a second factor.
    async fn hash_password(
        &self,
        asked: &Asked,
        permit: Permit<account::policy::ChoosePassword>,
        current: Option<SecretText>,
        password: SecretText,
    ) -> Result<HashedPassword, MethodError>;

    /// Changes the password.
    async fn change_password(
        &self,
        permit: Permit<account::policy::ChangePassword>,
        password: HashedPassword,
    ) -> Result<(), StoreError>;

    /// Creates a secret for an authenticator app, or keeps the unconfirmed one of this session.
    async fn start_codes(&self, permit: Permit<account::policy::StartCodes>) -> Result<(), MethodError>;

    /// Discards the unconfirmed secret.
    async fn cancel_codes(&self, permit: Permit<account::policy::CancelCodes>) -> Result<(), MethodError>;

    /// Turns one-time codes on after a correct first code. The session has then shown both factors
    /// and continues with a new handle.
    async fn turn_codes_on(
        &self,
        asked: &Asked,
        permit: Permit<account::policy::TurnCodesOn>,
        code: SecretText,
    ) -> Result<SignedIn, MethodError>;

    /// Turns one-time codes off.
    async fn turn_codes_off(&self, permit: Permit<account::policy::TurnCodesOff>) -> Result<(), MethodError>;

    /// Creates new recovery codes in place of the old ones. A form with this token does this only
    /// once.
    async fn new_recovery_codes(
        &self,
        permit: Permit<account::policy::MakeRecoveryCodes>,
        form: Option<&str>,
    ) -> Result<NewRecoveryCodes, MethodError>;

    /// Adds a passkey. If the session had not shown two factors before, it has now, and continues
    /// with a new handle.
    async fn add_passkey(
        &self,
        asked: &Asked,
        permit: Permit<account::policy::AddPasskey>,
        name: String,
        answer: PasskeyAnswer,
    ) -> Result<Option<SignedIn>, MethodError>;

    /// Removes the passkey that the permit names.
    async fn remove_passkey(&self, permit: Permit<account::policy::RemovePasskey>) -> Result<(), MethodError>;
}

#[cfg(test)]
mod tests {
    use crate::account::store::SecondFactors;

    #[test]
    fn second_factors_are_listed_in_words() {
        let none = SecondFactors::default();
        assert_eq!(none.to_string(), "nothing");
        assert_eq!(SecondFactors { passkeys: 1, ..none }.to_string(), "1 passkey");
        let all = SecondFactors { codes: true, codes_begun: false, passkeys: 2, recovery_codes: 8 };
        assert_eq!(all.to_string(), "one-time codes, 2 passkeys and 8 recovery codes");
    }
}
