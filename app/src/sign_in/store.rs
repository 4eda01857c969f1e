//! Authentication: what happens before there is a principal, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::page::head::{HandleChange, Head};
use crate::sign_in::policy;
use async_trait::async_trait;
use doorward::SecretText;
use doorward::guard::Asked;

/// A session that has begun. The handle goes to the browser and is stored nowhere else.
pub struct SignedIn {
    /// The new session's handle.
    pub handle: SecretText,
    /// The known-browser mark for the browser's cookie. It only gives the browser separate limits
    /// on tries.
    pub mark: Option<SecretText>,
}

impl SignedIn {
    /// Sets the cookies for the session's new handle and the known-browser mark.
    pub fn give_to_browser(self, head: &Head) {
        head.set(|head| {
            head.handle = Some(HandleChange::Set(self.handle));
            head.marks = self.mark;
        });
    }
}

/// A proof by which a user confirms who they are.
pub enum Proof {
    /// The password. Enough only without a second factor.
    Password(SecretText),
    /// A one-time code or a recovery code, with the password unless the session began with it.
    Code {
        code: SecretText,
        password: Option<SecretText>,
    },
    Passkey(PasskeyAnswer),
}

/// A passkey's answer and its ceremony. Nothing in it is checked yet.
pub struct PasskeyAnswer {
    /// The id by which the server finds the ceremony.
    pub ceremony: String,
    /// The browser's JSON.
    pub answer: String,
}

/// The proofs that a user can confirm with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaysToConfirm {
    /// The password alone.
    pub password: bool,
    /// A one-time code.
    pub code: bool,
    /// A recovery code.
    pub recovery_code: bool,
    /// By a passkey.
    pub passkey: bool,
    /// Whether a code must come with the password, because the session did not begin with it.
    pub code_needs_password: bool,
}

/// Why sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    #[error("name and password do not match")]
    Wrong,
    #[error("the passkey's backup flag changed")]
    PasskeyChanged,
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    #[error("there are as many sessions as the role allows")]
    Full,
    #[error("the store did not answer")]
    Unavailable,
}

/// Whether the first administrator can be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpState {
    /// No identity exists and the code is valid.
    Open,
    /// No identity exists, and the code is missing or not valid.
    BadCode,
    /// An identity exists already.
    Done,
}

/// Why the first administrator was not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetUpError {
    #[error("this set-up link was used or has expired")]
    BadCode,
    #[error("Doorward is set up already")]
    Done,
    #[error("{message}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// A sentence for the user.
        message: String,
    },
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    #[error("the store did not answer")]
    Unavailable,
}

/// Authenticates users.
#[async_trait]
pub trait Authentication: Send + Sync {
    /// Begins a session with name and password. The session of the presented handle ends, and that
    /// handle is never adopted. `marks` is the cookie of a known browser.
    async fn sign_in(
        &self,
        asked: &Asked,
        marks: &str,
        name: &str,
        password: SecretText,
    ) -> Result<SignedIn, SignInError>;

    /// Begins a session with a passkey, which identifies the user by itself.
    async fn sign_in_by_passkey(
        &self,
        asked: &Asked,
        marks: &str,
        answer: PasskeyAnswer,
    ) -> Result<SignedIn, SignInError>;

    /// Returns the proofs that the user can confirm with.
    async fn ways_to_confirm(&self, permit: Permit<policy::Confirm>) -> Result<WaysToConfirm, StoreError>;

    /// Confirms the user. The session continues with a new handle.
    async fn confirm(
        &self,
        asked: &Asked,
        marks: &str,
        permit: Permit<policy::Confirm>,
        proof: Proof,
    ) -> Result<SignedIn, SignInError>;

    /// Returns whether the first administrator can be created with this code. A wrong code is
    /// counted and recorded.
    async fn may_set_up(&self, asked: &Asked, code: &str) -> Result<SetUpState, SetUpError>;

    /// Creates the first administrator, and returns the normalized sign-in name.
    async fn set_up(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: &str,
        password: SecretText,
    ) -> Result<String, SetUpError>;
}
