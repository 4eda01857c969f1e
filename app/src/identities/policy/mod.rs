//! Policy for other people's accounts: the actions and what decides them.

pub mod groups;
mod methods;
mod people;
mod roles;

pub use methods::{AskToResetMethods, ResetMethods};
pub use people::{
    AddIdentity, AskToAddIdentity, DisableIdentity, EnableIdentity, IdentityKey, InviteAgain, ListIdentities,
    ReadIdentity, RenameIdentity, ResetPassword,
};
pub use roles::{GiveRole, TakeRole};

use crate::identities::store::IdentityFacts;
use doorward::action::Action;
use doorward::policy::Decision;
use doorward::{Grounds, Principal, Reason};

/// Decides whether `who` may know of identities, and of the groups, roles and environments that decide what they may do.
pub fn know(who: &Principal) -> Decision {
    who.holds(ListIdentities::NAME).everywhere().or_hidden()
}

/// Service accounts have no password: whoever chose one could sign in as them.
fn of_a_person(about: &IdentityFacts) -> Decision {
    Decision::when(about.owner.is_none(), Grounds::default(), Reason::NotAPerson)
}

/// Decides about a change of an identity: nobody changes what they may do themselves, or what a service account of theirs
/// may do.
fn change(permission: &str, who: &Principal, about: &IdentityFacts) -> Decision {
    let is_own = about.id == who.identity || about.owner == Some(who.identity);
    let of_another = Decision::when(!is_own, Grounds::default(), Reason::SamePerson);
    know(who).and(who.holds(permission).everywhere()).and(of_another)
}
