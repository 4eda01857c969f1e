//! Showing who one is: what happens before there is a principal.

use crate::backend::{Permit, StoreError};
use crate::page::head::{HandleChange, Head};
use crate::sign_in::policy;
use async_trait::async_trait;
use doorward::SecretText;
use doorward::guard::Asked;

/// A session has begun; the browser is to be given this handle, which is kept nowhere else.
pub struct SignedIn {
    /// The new session's handle.
    pub handle: SecretText,
    /// The mark of a browser that has signed in, for its cookie. It grants nothing but tries of its own.
    pub mark: Option<SecretText>,
}

impl SignedIn {
    /// Gives the browser the handle of a session that began or goes on, and its mark.
    pub fn give_to_browser(self, head: &Head) {
        head.set(|head| {
            head.handle = Some(HandleChange::Set(self.handle));
            head.marks = self.mark;
        });
    }
}

/// What a person shows to confirm who they are.
pub enum Proof {
    /// The password; enough only where there is no second factor.
    Password(SecretText),
    /// A one-time code or a recovery code, and the password where the session did not begin by it.
    Code {
        /// The code.
        code: SecretText,
        /// The password.
        password: Option<SecretText>,
    },
    /// A passkey.
    Passkey(PasskeyAnswer),
}

/// What a passkey answered, and the ceremony that it answered. Nothing of it is checked yet.
pub struct PasskeyAnswer {
    /// The id that leads back to the ceremony's challenge.
    pub ceremony: String,
    /// The browser's JSON.
    pub answer: String,
}

/// By what a person can confirm who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaysToConfirm {
    /// By the password alone.
    pub password: bool,
    /// By a one-time code.
    pub code: bool,
    /// By a recovery code.
    pub recovery_code: bool,
    /// By a passkey.
    pub passkey: bool,
    /// Whether a code needs the password beside it, because the session did not begin by it.
    pub code_needs_password: bool,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// No such name, or not its password, or a frozen identity: one answer for all.
    #[error("name and password do not match")]
    Wrong,
    /// The passkey is the right one, but its backup flag changed since it was added.
    #[error("the passkey's backup flag changed")]
    PasskeyChanged,
    /// Too many tries, or too many people trying.
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    /// There are as many sessions as the role allows, and it refuses one more.
    #[error("there are as many sessions as the role allows")]
    Full,
    /// The store did not answer.
    #[error("the store did not answer")]
    Unavailable,
}

/// Whether the first administrator can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpState {
    /// Yes: there is nobody yet, and the code counts.
    Open,
    /// There is nobody yet, and the code does not count, or there was none.
    BadCode,
    /// There is somebody already.
    Done,
}

/// Why there is no first administrator yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetUpError {
    /// The code is wrong, used or too old.
    #[error("this set-up link was used or has expired")]
    BadCode,
    /// There are identities already.
    #[error("Doorward is set up already")]
    Done,
    /// A field is not right.
    #[error("{message}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// A sentence about it.
        message: String,
    },
    /// Too many tries.
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    /// The store did not answer.
    #[error("the store did not answer")]
    Unavailable,
}

/// Ways to show who one is.
#[async_trait]
pub trait Authentication: Send + Sync {
    /// Begins a session by name and password. The session that the request carried ends; its handle is never adopted.
    /// `marks` are those of a browser that signed in before, as its cookie has them.
    async fn sign_in(
        &self,
        asked: &Asked,
        marks: &str,
        name: &str,
        password: SecretText,
    ) -> Result<SignedIn, SignInError>;

    /// Begins a session by a passkey, which says by itself who it is.
    async fn sign_in_by_passkey(
        &self,
        asked: &Asked,
        marks: &str,
        answer: PasskeyAnswer,
    ) -> Result<SignedIn, SignInError>;

    /// By what the asker can confirm who they are.
    async fn ways_to_confirm(&self, permit: Permit<policy::Confirm>) -> Result<WaysToConfirm, StoreError>;

    /// Confirms who is asking. The session goes on under a new handle.
    async fn confirm(
        &self,
        asked: &Asked,
        marks: &str,
        permit: Permit<policy::Confirm>,
        proof: Proof,
    ) -> Result<SignedIn, SignInError>;

    /// Whether the first administrator can be made with this code. A wrong code is counted, and recorded.
    async fn may_set_up(&self, asked: &Asked, code: &str) -> Result<SetUpState, SetUpError>;

    /// Makes the first administrator, and gives the sign-in name in its one spelling.
    async fn set_up(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: &str,
        password: SecretText,
    ) -> Result<String, SetUpError>;
}
