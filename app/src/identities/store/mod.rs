//! Other people's accounts, as administrators change them.

pub mod groups;

use crate::account::store::{MethodError, SecondFactors};
use crate::backend::{Permit, StoreError, Unit};
use crate::identities::policy;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{Asked, LoadFacts, Pending, Unavailable};
use doorward::{Environment, GroupId, IdentityId, Kind, Principal, RevocationId, SecretText, Timestamp, Within};

/// The number of identities on a page.
pub const PAGE_ROWS: u32 = 50;

/// The facts for decisions about an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    pub id: IdentityId,
    /// The sign-in name.
    pub name: String,
    /// Who owns it, if it is a service account.
    pub owner: Option<IdentityId>,
}

impl Facts for IdentityFacts {
    type Key = IdentityId;

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl LoadFacts<dyn Unit> for IdentityFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a IdentityId,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.identity_facts(key)
    }
}

/// Whether an identity can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    /// It was invited and has not accepted. The time is the invitation's end.
    Invited(Timestamp),
    /// It has no way to sign in, and no invitation.
    NotInvited,
    /// An administrator disabled it at this time.
    Disabled(Timestamp),
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct IdentityRow {
    pub id: IdentityId,
    pub kind: Kind,
    /// The sign-in name.
    pub name: String,
    pub display_name: String,
    pub state: State,
    pub second_factor: bool,
    pub created: Timestamp,
    /// When it last signed in, if ever.
    pub signed_in: Option<Timestamp>,
    /// The number of live sessions.
    pub sessions: i64,
    pub roles: Vec<RoleRow>,
}

/// A role that an identity has.
#[derive(Clone, Debug)]
pub struct RoleRow {
    pub role: String,
    pub within: Within,
    /// When it ends; `None` for no end.
    pub ends: Option<Timestamp>,
    /// Who gave it, by display name. `None` if the command line or the set-up did.
    pub given_by: Option<String>,
    pub given: Option<Timestamp>,
    /// The group by which they have it, if it was not given to them.
    pub by_group: Option<(GroupId, String)>,
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct IdentityListing {
    pub rows: Vec<IdentityRow>,
    pub total: i64,
    pub may_add: bool,
}

/// The account of one identity, and what the principal may change about it.
#[derive(Clone, Debug)]
pub struct IdentityDetail {
    pub row: IdentityRow,
    pub may_rename: bool,
    pub may_invite: bool,
    pub may_disable: bool,
    pub may_reset: bool,
    pub may_give: bool,
    pub may_see_sessions: bool,
    pub may_read_ledger: bool,
    /// The roles that may be given.
    pub choices: RoleChoices,
}

/// The roles and environments to choose from.
#[derive(Clone, Debug, Default)]
pub struct RoleChoices {
    /// Names and purposes.
    pub roles: Vec<(String, String)>,
    pub environments: Vec<Environment>,
}

/// An invitation that was just made. Its link is shown once and stored nowhere.
pub struct Invitation {
    /// The sign-in name.
    pub name: String,
    pub display_name: String,
    pub link: SecretText,
    pub ends: Timestamp,
}

/// Why an identity was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("this form was sent before")]
    SentBefore,
    #[error("the sign-in name is taken")]
    NameTaken,
    #[error("there is nobody of that name")]
    Nobody,
    #[error("there is no such role")]
    NoSuchRole,
    #[error("there is no such environment")]
    NoSuchEnvironment,
    #[error("nobody could give roles any more")]
    LastAdministrator,
    #[error("it is so already")]
    Already,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose invitation a code belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The sign-in name.
    pub name: String,
    pub display_name: String,
}

/// Why an invitation was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    #[error("this link was used, was replaced or has expired")]
    BadCode,
    #[error("{message}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// A sentence for the person.
        message: String,
    },
    #[error("too many tries; again in {0} s")]
    TooMany(u32),
    #[error("the store did not answer")]
    Unavailable,
}

impl From<Unavailable> for InvitationError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// An identity in a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The sign-in name.
    pub name: String,
    /// The display name.
    pub display_name: String,
}

/// A preview of resetting a person's second factors.
#[derive(Clone, Debug)]
pub struct ResetPreview {
    /// Their sign-in name.
    pub name: String,
    /// Their name for people.
    pub display_name: String,
    /// What would be removed.
    pub held: SecondFactors,
    /// The number of sessions that would end.
    pub sessions: i64,
}

/// The result of a reset.
#[derive(Clone, Debug)]
pub struct MethodReset {
    /// The revocation that ended the person's sessions.
    pub revocation: RevocationId,
    /// Their name for people.
    pub display_name: String,
    /// What was removed.
    pub removed: SecondFactors,
}

/// Reads and changes other people's accounts.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Returns what a reset would do to the person whom the permit names, or `None` if the name is
    /// unknown.
    async fn preview_reset(
        &self,
        permit: Permit<policy::AskToResetMethods>,
    ) -> Result<Option<ResetPreview>, StoreError>;

    /// Removes a person's second factors and ends all their sessions. Returns
    /// [`MethodError::Nothing`] if the name is unknown, or [`MethodError::NoSecondFactor`] if there
    /// is nothing to remove; in both cases no session ends.
    async fn reset_methods(&self, permit: Permit<policy::ResetMethods>) -> Result<MethodReset, MethodError>;

    async fn identities(&self, permit: Permit<policy::ListIdentities>) -> Result<IdentityListing, StoreError>;

    async fn identity(&self, permit: Permit<policy::ReadIdentity>) -> Result<IdentityDetail, StoreError>;

    /// Adds a person without roles and without a password, and makes an invitation. `form` is the
    /// form's token.
    async fn add_identity(
        &self,
        permit: Permit<policy::AddIdentity>,
        form: Option<&str>,
    ) -> Result<(IdentityId, Invitation), ChangeError>;

    /// Makes a new invitation. Returns [`ChangeError::Already`] if the identity can sign in.
    async fn invite(&self, permit: Permit<policy::InviteAgain>, form: Option<&str>) -> Result<Invitation, ChangeError>;

    /// Makes a link for a new password. Nothing else changes until somebody uses it. Returns
    /// [`ChangeError::Already`] if the identity cannot sign in and needs an invitation.
    async fn reset_password(
        &self,
        permit: Permit<policy::ResetPassword>,
        form: Option<&str>,
    ) -> Result<Invitation, ChangeError>;

    async fn rename_identity(&self, permit: Permit<policy::RenameIdentity>) -> Result<(), ChangeError>;

    /// Disables an identity and ends its sessions and its invitation.
    async fn disable(&self, permit: Permit<policy::DisableIdentity>) -> Result<RevocationId, ChangeError>;

    async fn enable(&self, permit: Permit<policy::EnableIdentity>) -> Result<(), ChangeError>;

    /// Gives a role, or changes the end of one that the identity has.
    async fn give_role(&self, permit: Permit<policy::GiveRole>) -> Result<(), ChangeError>;

    async fn take_role(&self, permit: Permit<policy::TakeRole>) -> Result<(), ChangeError>;
}

/// Invitations, as the person who has the link uses them: there is no session yet.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// Returns whose invitation the code belongs to. A wrong code is counted and recorded.
    async fn invitation(&self, asked: &Asked, code: &SecretText) -> Result<Invited, InvitationError>;

    /// Like [`Invitations::invitation`], for a request whose try was counted before.
    async fn invitation_again(&self, asked: &Asked, code: &SecretText) -> Result<Invited, InvitationError>;

    /// Consumes the code and sets the person's first password.
    async fn accept(&self, asked: &Asked, code: &SecretText, password: SecretText) -> Result<Invited, InvitationError>;
}
