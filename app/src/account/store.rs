//! Ways to sign in: which a person has, and how they change them.

use crate::account;
use crate::backend::{Permit, StoreError};
use crate::sign_in::store::{PasskeyAnswer, SignedIn};
use async_trait::async_trait;
use doorward::guard::Asked;
use doorward::{SecretText, Timestamp};
use std::fmt;
use zeroize::Zeroizing;

/// What an authenticator app is given to set up one-time codes, to be shown to its owner alone.
pub struct CodeSetUp {
    /// The secret, for typing by hand.
    pub base32: SecretText,
    /// The address that an app reads.
    pub uri: SecretText,
    /// The same as a QR code: an `svg` element.
    pub qr: Zeroizing<String>,
}

/// How far somebody's one-time codes are.
pub enum OneTimeCodes {
    /// There are none.
    Off,
    /// The app is being set up.
    Begun(CodeSetUp),
    /// They count, since then.
    On(Timestamp),
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Its id.
    pub credential_id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
}

/// A person's ways to sign in.
pub struct OwnMethods {
    /// When the password was changed last; nothing where there is none.
    pub password_changed: Option<Timestamp>,
    /// The one-time codes.
    pub codes: OneTimeCodes,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// The passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// Whether there is a second factor, for which recovery codes can stand in.
    pub has_second_factor: bool,
}

/// The hash of a new password, which keeps the rules.
pub struct HashedPassword(pub String);

/// New recovery codes, to be shown once.
pub struct NewRecoveryCodes(pub Vec<SecretText>);

/// The second factors of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// Whether one-time codes are on.
    pub codes: bool,
    /// Whether an app was given a secret that does not count yet.
    pub codes_begun: bool,
    /// How many passkeys.
    pub passkeys: usize,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl fmt::Display for SecondFactors {
    /// A list in words, such as "one-time codes, 2 passkeys and 8 recovery codes".
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

/// Why a way to sign in did not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// The new password does not keep a rule; a sentence about it.
    #[error("{0}")]
    WeakPassword(String),
    /// The current password is not right.
    #[error("the current password does not match")]
    WrongPassword,
    /// The code is not the app's, or was used.
    #[error("the code does not match")]
    WrongCode,
    /// The passkey's answer does not count.
    #[error("the passkey was not added")]
    WrongPasskey,
    /// What is to be changed is not there, or is there already.
    #[error("there is nothing to change")]
    Nothing,
    /// There is no second factor that could be removed.
    #[error("there is no second factor")]
    NoSecondFactor,
    /// The form did its work before.
    #[error("the form was sent before")]
    SentBefore,
    /// Too many tries.
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes of one's own ways to sign in. Each change tells the person in their inbox.
#[async_trait]
pub trait Methods: Send + Sync {
    /// The asker's ways to sign in.
    async fn methods(&self, permit: Permit<account::policy::ReadMethods>) -> Result<OwnMethods, StoreError>;

    /// Checks and hashes a new password, before any transaction begins, for that takes long. `current` must be right, unless the
    /// session has freshly shown a second factor.
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

    /// Makes a new secret for an authenticator app. One that waits in this session stays.
    async fn start_codes(&self, permit: Permit<account::policy::StartCodes>) -> Result<(), MethodError>;

    /// Gives up a secret that was made and confirms nothing yet.
    async fn cancel_codes(&self, permit: Permit<account::policy::CancelCodes>) -> Result<(), MethodError>;

    /// Lets one-time codes count, after a first one was right. The session has then shown both factors, and goes on under
    /// a new handle.
    async fn turn_codes_on(
        &self,
        asked: &Asked,
        permit: Permit<account::policy::TurnCodesOn>,
        code: SecretText,
    ) -> Result<SignedIn, MethodError>;

    /// Removes the one-time codes.
    async fn turn_codes_off(&self, permit: Permit<account::policy::TurnCodesOff>) -> Result<(), MethodError>;

    /// Makes new recovery codes in the place of the old ones. A form with this token makes them once.
    async fn new_recovery_codes(
        &self,
        permit: Permit<account::policy::MakeRecoveryCodes>,
        form: Option<&str>,
    ) -> Result<NewRecoveryCodes, MethodError>;

    /// Adds a passkey. Where the session had not shown two factors yet, it has now, and goes on under a new handle.
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
