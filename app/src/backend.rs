//! What the pages need of the server: traits alone. Every read and write of protected data takes a permit.

use crate::access::store::environments::EnvironmentRules;
use crate::access::store::machines::{MachineFacts, Machines};
use crate::access::store::permissions::Permissions;
use crate::access::store::roles::{RoleFacts, Roles};
use crate::access::store::{Access, IncidentFacts};
use crate::account::notices::Notices;
use crate::account::store::Methods;
use crate::deliveries::store::{Collection, Deliveries, DeliveryFacts};
use crate::identities::store::groups::{GroupFacts, Groups};
use crate::identities::store::{Identities, IdentityFacts, Invitations};
use crate::ledger::store::{RecordFacts, Records};
use crate::page::error::PageError;
use crate::search::store::Finder;
use crate::secrets::store::{
    Canaries, Copies, Details, EnvironmentFacts, Exports, Generators, GroupShares, Imports, NO_VERSION, PendingValues,
    PointInTime, Rotations, SecretConsumers, SecretFacts, SecretReaders, Secrets, Selected, Versions,
};
use crate::sessions::revocations::{RevocationFacts, Revocations};
use crate::sessions::store::{SessionFacts, Sessions};
use crate::sign_in::store::Authentication;

use doorward::guard::{Pending, Unavailable, UnitOfWork};
use doorward::{
    DeliveryId, Environment, GroupId, IdentityId, IncidentId, Principal, RecordId, RevocationId, RoleName, SecretId,
    SessionId,
};
use std::any::Any;

/// Proof that `A` was asked for, decided and recorded.
pub type Permit<A> = doorward::Permit<A, dyn Unit>;

/// Everything behind the door.
pub trait Backend:
    Secrets
    + Selected
    + Canaries
    + Copies
    + Imports
    + Exports
    + GroupShares
    + SecretReaders
    + SecretConsumers
    + Rotations
    + Generators
    + Versions
    + PointInTime
    + PendingValues
    + Details
    + Finder
    + Sessions
    + Records
    + Revocations
    + Notices
    + Methods
    + Identities
    + Groups
    + Invitations
    + Deliveries
    + Collection
    + Access
    + Roles
    + EnvironmentRules
    + Machines
    + Permissions
    + Authentication
{
    /// Begins a unit of work: a transaction where the action changes something.
    fn unit(&self, changes: bool) -> Pending<'_, Box<dyn Unit>>;
}

/// A unit of work that also finds the facts of this product's policies.
pub trait Unit: UnitOfWork + Any {
    /// The facts about a secret, as far as they concern `who`.
    fn secret_facts<'a>(&'a mut self, id: &'a SecretId, who: &'a Principal) -> Pending<'a, Option<SecretFacts>>;

    /// The facts about an environment.
    fn environment_facts<'a>(&'a mut self, name: &'a Environment) -> Pending<'a, Option<EnvironmentFacts>>;

    /// The facts about a session, as far as they concern `who`.
    fn session_facts<'a>(&'a mut self, id: &'a SessionId, who: &'a Principal) -> Pending<'a, Option<SessionFacts>>;

    /// The facts about a revocation.
    fn revocation_facts<'a>(&'a mut self, id: &'a RevocationId) -> Pending<'a, Option<RevocationFacts>>;

    /// The facts about a record.
    fn record_facts<'a>(&'a mut self, id: &'a RecordId) -> Pending<'a, Option<RecordFacts>>;

    /// The facts about an identity.
    fn identity_facts<'a>(&'a mut self, id: &'a IdentityId) -> Pending<'a, Option<IdentityFacts>>;

    /// The facts about a service account.
    fn machine_facts<'a>(&'a mut self, id: &'a IdentityId) -> Pending<'a, Option<MachineFacts>>;

    /// The facts about a delivery.
    fn delivery_facts<'a>(&'a mut self, id: &'a DeliveryId) -> Pending<'a, Option<DeliveryFacts>>;
    /// The facts about a group, as far as they concern `who`.
    fn group_facts<'a>(&'a mut self, id: &'a GroupId, who: &'a Principal) -> Pending<'a, Option<GroupFacts>>;

    /// The facts about a role, as far as they concern `who`.
    fn role_facts<'a>(&'a mut self, name: &'a RoleName, who: &'a Principal) -> Pending<'a, Option<RoleFacts>>;

    /// The facts about an incident.
    fn incident_facts<'a>(&'a mut self, id: &'a IncidentId) -> Pending<'a, Option<IncidentFacts>>;
}

/// Why a store did not do what a permit allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It did not answer.
    #[error("the store did not answer")]
    Unavailable,
    /// The record is gone: it went between decision and read.
    #[error("the record is gone")]
    Gone,
    /// The stored value cannot be decrypted.
    #[error("version {version} is damaged")]
    Damaged {
        /// The version of the secret's value.
        version: i64,
    },
}

impl From<Unavailable> for StoreError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        let answer = match error {
            StoreError::Unavailable => doorward::RefusalKind::Unavailable,
            StoreError::Gone => doorward::RefusalKind::NotFound,
            StoreError::Damaged { version } => {
                let which = if version == NO_VERSION {
                    "The pending value".to_owned()
                } else {
                    format!("Version {version} of this value")
                };
                let message = format!(
                    "{which} is damaged and cannot be shown. Other secrets are not affected. Tell whoever runs this server."
                );
                return Self::invalid("reveal", message);
            }
        };
        Self::Refused(doorward::Refusal { answer, record: None })
    }
}
