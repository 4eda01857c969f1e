//! Policy for service accounts: who sees them, who looks after them, and who uses their credentials.
//!
//! The owner makes credentials, and somebody else gives roles. So nobody gains anything by a service
//! account of their own.

use crate::access::store::machines::MachineFacts;
use crate::page::{Sort, SortKey, for_oneself};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{CredentialId, Environment, Grounds, IdentityId, Principal, Reason, SessionId, SignInName, TimeSpan};

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

/// See the form for a new service account.
pub struct AskToAddMachine;

impl Action for AskToAddMachine {
    const NAME: &'static str = "machine.ask_to_add";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
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

/// Declares actions on one service account: their fields, and the function that decides.
macro_rules! on_a_machine {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ty, $needed:ident, $permission:expr,
        { $($(#[$about:meta])* $field:ident: $kind:ty = $said:expr),* }, $decide:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub id: IdentityId,
            $($(#[$about])* pub $field: $kind,)*
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = $permission;
            const ASSURANCE: Needed = Needed::$needed;
            type Facts = MachineFacts;
            type Effect = $effect;

            fn about(&self) -> IdentityId {
                self.id
            }

            fn resource(&self) -> Resource {
                Resource::of("machine", self.id)$(.with(stringify!($field), $said(&self.$field)))*
            }

            fn decide(&self, who: &Principal, about: &MachineFacts) -> Decision {
                $decide(self, who, about)
            }
        }
    )*};
}

fn seconds(span: &TimeSpan) -> String {
    format!("{}s", span.0 / 1000)
}

on_a_machine! {
    /// Read a service account: its credentials, its sessions and its roles.
    ReadMachine = "machine.read", Read, Session, Some(LIST), {}, |_: &Self, who, about| know(who, about);
    /// Make a credential. Only the owner does: whoever has one can act as the service account.
    MakeCredential = "machine.make_credential", Write, Fresh, None, {
        label: String = String::clone,
        lasts: TimeSpan = seconds,
        /// How long the earlier credential still counts.
        overlap: TimeSpan = seconds
    }, |_: &Self, who, about| know(who, about).and(owned_by(who, about));
    /// Revoke a credential, and end the sessions that came from it.
    RevokeCredential = "machine.revoke_credential", Write, Fresh, Some(EDIT), {
        credential: CredentialId = CredentialId::to_string
    }, |_: &Self, who, about| end(who, about);
    /// End one session of a service account.
    EndMachineSession = "machine.end_session", Write, Fresh, Some(EDIT), {
        session: SessionId = SessionId::to_string
    }, |_: &Self, who, about| end(who, about);
    /// Disable a service account, and end its sessions. Somebody else than its owner enables it.
    DisableMachine = "machine.disable", Write, Fresh, Some(EDIT), {}, |_: &Self, who, about| end(who, about);
    /// Offer a service account to another person. Nothing changes until they accept.
    OfferMachine = "machine.offer", Write, Fresh, Some(EDIT), {
        /// The person's sign-in name.
        to: String = String::clone
    }, |offer: &Self, who: &Principal, about| end(who, about).and(who.is_not(&offer.to));
    /// Become the owner of a service account that was offered to oneself.
    AcceptMachine = "machine.accept", Write, Fresh, None, {}, |_: &Self, who, about| {
        know(who, about).and(offered_to(who, about))
    };
}
