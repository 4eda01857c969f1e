//! Service accounts as rows: the facts for policies, the data for pages, and the store trait.

use crate::access::policy::machines as policy;
use crate::backend::{Permit, StoreError, Unit};
use crate::identities::store::{Named, RoleRow};
use crate::sessions::store::SessionCard;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{
    Bounds, CredentialId, DisplayName, Environment, IdentityId, Principal, PublicKey, RevocationId, SecretText,
    TimeSpan, Timestamp,
};

/// The number of service accounts on a page.
pub const PAGE_ROWS: u32 = 50;
/// The number of characters of a purpose.
pub const LONGEST_PURPOSE: u32 = 200;
/// The number of characters of a credential's label.
pub const LONGEST_LABEL: u32 = 64;

/// A credential that ends within this time is about to.
const SOON: TimeSpan = TimeSpan::hours(14 * 24);
/// A service account that has not been used for this time is stale.
const STALE: TimeSpan = TimeSpan::hours(90 * 24);

/// The facts for decisions about a service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineFacts {
    pub id: IdentityId,
    /// The sign-in name.
    pub name: String,
    pub owner: IdentityId,
    /// To whom it was offered.
    pub offered_to: Option<IdentityId>,
}

impl Facts for MachineFacts {
    type Key = IdentityId;

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl LoadFacts<dyn Unit> for MachineFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a IdentityId,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.machine_facts(key)
    }
}

/// What an administrator should know of a service account first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Disabled,
    /// Its owner is disabled, so it is frozen until somebody takes it over.
    Orphaned,
    /// It was never used.
    Unused,
    /// It has not been used for 90 days.
    Stale,
    /// Its last credential ends within 14 days, or it has none.
    Expiring,
    Healthy,
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct MachineRow {
    pub id: IdentityId,
    pub name: String,
    pub display_name: String,
    pub purpose: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    pub owner: IdentityId,
    /// The owner's display name.
    pub owner_name: String,
    pub owner_disabled: bool,
    pub created: Timestamp,
    pub disabled: Option<Timestamp>,
    /// The number of credentials that count.
    pub credentials: i64,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
    /// When the last of them ends.
    pub ends: Option<Timestamp>,
    /// When any credential was last used.
    pub used: Option<Timestamp>,
    /// The number of live sessions.
    pub sessions: i64,
}

impl MachineRow {
    #[must_use]
    pub fn health(&self, now: Timestamp) -> Health {
        if self.disabled.is_some() {
            Health::Disabled
        } else if self.owner_disabled {
            Health::Orphaned
        } else if self.used.is_none() {
            Health::Unused
        } else if self.used.is_some_and(|used| now.since(used) > STALE) {
            Health::Stale
        } else if self.ends.is_none_or(|ends| ends.since(now) < SOON) {
            Health::Expiring
        } else {
            Health::Healthy
        }
    }
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct MachineListing {
    pub rows: Vec<MachineRow>,
    pub total: i64,
    pub may_add: bool,
    /// Whether those of everybody are listed.
    pub sees_all: bool,
}

/// What the form for a new service account offers.
#[derive(Clone, Debug)]
pub struct MachineChoices {
    pub people: Vec<Named>,
    pub environments: Vec<Environment>,
}

/// A credential. Nothing secret of it is stored.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    pub id: CredentialId,
    pub label: String,
    /// The public half, if it is a key pair. Otherwise it is a client secret.
    pub key: Option<PublicKey>,
    /// Who made it, by display name.
    pub made_by: Option<String>,
    pub made: Timestamp,
    pub ends: Timestamp,
    pub used: Option<Timestamp>,
    pub revoked: Option<Timestamp>,
}

impl CredentialRow {
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.ends
    }
}

/// One service account, and what the principal may do about it.
#[derive(Clone, Debug)]
pub struct MachineDetail {
    pub row: MachineRow,
    pub credentials: Vec<CredentialRow>,
    pub sessions: Vec<SessionCard>,
    pub roles: Vec<RoleRow>,
    /// The display name of whom it was offered to.
    pub offered_to: Option<String>,
    pub may_make_credential: bool,
    pub may_end: bool,
    pub may_enable: bool,
    pub may_accept: bool,
    /// Whether its account, where roles are given, opens to them.
    pub may_see_account: bool,
    pub may_read_ledger: bool,
    /// To whom it may be offered.
    pub people: Vec<Named>,
}

/// A service account to be added.
#[derive(Clone, Debug)]
pub struct NewMachine {
    pub display_name: DisplayName,
    pub purpose: String,
    /// The form's token.
    pub form: Option<String>,
}

/// A credential that was just made. Its secret is shown once.
pub struct MadeCredential {
    pub secret: SecretText,
    pub ends: Timestamp,
}

/// Why a service account was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    #[error("this form was sent before, and it was carried out then")]
    SentBefore,
    #[error("the sign-in name is taken")]
    NameTaken,
    #[error("no person who can be an owner has this sign-in name")]
    NoSuchOwner,
    #[error("there is no such environment")]
    NoSuchEnvironment,
    #[error("it has two credentials; revoke one first")]
    TooManyCredentials,
    #[error("this key is, or was, a credential already; make another one")]
    KeyKnown,
    #[error("it is so already")]
    Already,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes service accounts.
#[async_trait]
pub trait Machines: Send + Sync {
    async fn machines(&self, permit: Permit<policy::ListMachines>) -> Result<MachineListing, StoreError>;

    async fn machine_choices(&self, permit: Permit<policy::AskToAddMachine>) -> Result<MachineChoices, StoreError>;

    async fn add_machine(
        &self,
        permit: Permit<policy::AddMachine>,
        new: NewMachine,
    ) -> Result<IdentityId, MachineError>;

    async fn machine(&self, permit: Permit<policy::ReadMachine>) -> Result<MachineDetail, StoreError>;

    /// Makes a credential. If there is one already, that one counts no longer than the overlap.
    async fn make_credential(
        &self,
        permit: Permit<policy::MakeCredential>,
        form: Option<&str>,
    ) -> Result<MadeCredential, MachineError>;

    /// Adds a public key as a credential, on the same terms.
    async fn add_key(&self, permit: Permit<policy::AddKey>, form: Option<&str>) -> Result<(), MachineError>;

    /// Revokes a credential and ends the sessions that came from it.
    async fn revoke_credential(&self, permit: Permit<policy::RevokeCredential>) -> Result<(), MachineError>;

    async fn end_machine_session(&self, permit: Permit<policy::EndMachineSession>) -> Result<(), MachineError>;

    /// Disables a service account and ends its sessions.
    async fn disable_machine(&self, permit: Permit<policy::DisableMachine>) -> Result<RevocationId, MachineError>;

    async fn offer_machine(&self, permit: Permit<policy::OfferMachine>) -> Result<(), MachineError>;

    /// Returns what narrows the session that asks.
    async fn own_bounds(&self, permit: Permit<policy::ReadOwnRights>) -> Result<Bounds, StoreError>;

    /// Makes the principal the owner. The credentials, the sessions, and the roles that the new
    /// owner has given end.
    async fn accept_machine(&self, permit: Permit<policy::AcceptMachine>) -> Result<(), MachineError>;
}
