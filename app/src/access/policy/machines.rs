//! Policy for service accounts: who sees them, who looks after them, and who uses their credentials.
//!
//! The owner makes credentials, and somebody else gives roles. So nobody gains anything by a service
//! account of their own.

use crate::access::store::machines::MachineFacts;
use crate::page::{Sort, SortKey, for_holders, for_oneself};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{
    CredentialId, Environment, Grounds, IdentityId, Principal, PublicKey, Reason, SessionId, SignInName, TimeSpan,
    questions,
};

/// Permission to see every service account. Its owner sees it without.
pub const LIST: &str = "machine.list";
/// Permission to add service accounts, and to end what they have.
pub const EDIT: &str = "machine.edit";

for_oneself! {
    /// Read what one's own session may do.
    ReadOwnRights = "session.read_rights", Read;
}

fn owned_by(who: &Principal, about: &MachineFacts) -> Decision {
    Decision::when(about.owner == who.identity, Grounds::OWNER, Reason::NotGranted)
}

fn offered_to(who: &Principal, about: &MachineFacts) -> Decision {
    Decision::when(about.offered_to == Some(who.identity), Grounds::GRANT, Reason::NotGranted)
}

/// Decides whether `who` may know that a service account exists.
fn know(who: &Principal, about: &MachineFacts) -> Decision {
    owned_by(who, about).or(offered_to(who, about)).or(who.holds(LIST).everywhere()).or_hidden()
}

/// Decides about taking something away from a service account.
fn end(who: &Principal, about: &MachineFacts) -> Decision {
    know(who, about).and(who.holds(EDIT).everywhere().or(owned_by(who, about)))
}

/// What the list of service accounts is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineKey {
    #[default]
    Name,
    Owner,
    Environment,
    Used,
}

impl SortKey for MachineKey {
    const KEYS: &'static [(&'static str, Self)] =
        &[("name", Self::Name), ("owner", Self::Owner), ("environment", Self::Environment), ("-used", Self::Used)];
}

/// List the service accounts that one may know of.
pub struct ListMachines {
    /// Only those whose names contain this.
    pub matching: String,
    /// Only those whose owner is disabled.
    pub orphaned: bool,
    pub sort: Sort<MachineKey>,
    /// The page number.
    pub page: u32,
}

impl Action for ListMachines {
    const NAME: &'static str = "machine.list";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let state = if self.orphaned { "orphaned" } else { "" };
        let (sort, order) = self.sort.parameter();
        Resource::none()
            .with("matching", &self.matching)
            .with("page", self.page.to_string())
            .with(sort, order)
            .with("state", state)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

for_holders! {
    /// See the form for a new service account.
    AskToAddMachine = "machine.ask_to_add", Read, EDIT;
}

/// Add a service account without roles and without credentials.
pub struct AddMachine {
    pub name: SignInName,
    /// The owner's sign-in name.
    pub owner: String,
    pub environment: Environment,
}

impl Action for AddMachine {
    const NAME: &'static str = "machine.add";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none()
            .with("environment", self.environment.as_str())
            .with("name", self.name.as_str())
            .with("owner", &self.owner)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
}

fn seconds(span: &TimeSpan) -> String {
    format!("{}s", span.0 / 1000)
}

questions! {
    /// Read a service account: its credentials, its sessions and its roles.
    ReadMachine { id: IdentityId } = "machine.read", Read, permission Some(LIST),
        |who, about: &MachineFacts| know(who, about);
    /// Make a credential. Only the owner does: whoever has one can act as the service account.
    MakeCredential {
        id: IdentityId,
        label: String = String::clone,
        lasts: TimeSpan = seconds,
        /// How long the earlier credential still counts.
        overlap: TimeSpan = seconds,
    } = "machine.make_credential", Write, permission None, needs Fresh,
        |who, about: &MachineFacts| know(who, about).and(owned_by(who, about));
    /// Add the public half of a key pair. Whoever has the private half can act as the service account.
    AddKey {
        id: IdentityId,
        label: String = String::clone,
        lasts: TimeSpan = seconds,
        /// How long the earlier credential still counts.
        overlap: TimeSpan = seconds,
        key: PublicKey = PublicKey::fingerprint,
    } = "machine.add_key", Write, permission None, needs Fresh,
        |who, about: &MachineFacts| know(who, about).and(owned_by(who, about));
    /// Revoke a credential, and end the sessions that came from it.
    RevokeCredential {
        id: IdentityId,
        credential: CredentialId = CredentialId::to_string,
    } = "machine.revoke_credential", Write, permission Some(EDIT), needs Fresh,
        |who, about: &MachineFacts| end(who, about);
    /// End one session of a service account.
    EndMachineSession {
        id: IdentityId,
        session: SessionId = SessionId::to_string,
    } = "machine.end_session", Write, permission Some(EDIT), needs Fresh,
        |who, about: &MachineFacts| end(who, about);
    /// Disable a service account, and end its sessions. Somebody else than its owner enables it.
    DisableMachine { id: IdentityId } = "machine.disable", Write, permission Some(EDIT), needs Fresh,
        |who, about: &MachineFacts| end(who, about);
    /// Offer a service account to another person. Nothing changes until they accept.
    OfferMachine {
        id: IdentityId,
        /// The person's sign-in name.
        to: String = String::clone,
    } = "machine.offer", Write, permission Some(EDIT), needs Fresh,
        |who, about: &MachineFacts, offer| end(who, about).and(who.is_not(&offer.to));
    /// Become the owner of a service account that was offered to oneself.
    AcceptMachine { id: IdentityId } = "machine.accept", Write, permission None, needs Fresh,
        |who, about: &MachineFacts| know(who, about).and(offered_to(who, about));
}
