//! Policy for the list of identities and their accounts.

use crate::identities::policy::{ResetMethods, change, know, of_a_person};
use crate::identities::store::IdentityFacts;
use crate::page::{Sort, SortKey, for_holders};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{DisplayName, IdentityId, Principal, SignInName, questions};

/// What the list of people is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentityKey {
    #[default]
    Name,
    SignedIn,
}

impl SortKey for IdentityKey {
    const KEYS: &'static [(&'static str, Self)] = &[("name", Self::Name), ("-signed-in", Self::SignedIn)];
}

/// List everybody.
pub struct ListIdentities {
    /// Only identities whose sign-in name or display name contains this.
    pub matching: String,
    pub sort: Sort<IdentityKey>,
    /// The page number.
    pub page: u32,
}

impl Action for ListIdentities {
    const NAME: &'static str = "identity.list";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let (sort, order) = self.sort.parameter();
        Resource::none().with("matching", &self.matching).with("page", self.page.to_string()).with(sort, order)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere()
    }
}

questions! {
    /// Read an identity's account: its roles, and whether it can sign in.
    ReadIdentity { id: IdentityId } = "identity.read", Read, permission Some(ListIdentities::NAME),
        |who, _: &IdentityFacts| know(who);
}

for_holders! {
    /// See the form for a new person.
    AskToAddIdentity = "identity.ask_to_add", Read, AddIdentity::NAME;
}

/// Add a person, who gets an invitation.
pub struct AddIdentity {
    pub name: SignInName,
    pub display_name: DisplayName,
}

impl Action for AddIdentity {
    const NAME: &'static str = "identity.add";
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("display-name", self.display_name.as_str()).with("name", self.name.as_str())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere()
    }
}

questions! {
    /// Make a new invitation for somebody who has not accepted one. Earlier ones end.
    InviteAgain { id: IdentityId } = "identity.invite", Write, permission Some(AddIdentity::NAME), needs Fresh,
        |who, about: &IdentityFacts| change(AddIdentity::NAME, who, about).and(of_a_person(about));
    /// Make a link by which somebody who forgot their password chooses a new one. Second factors stay.
    ResetPassword { id: IdentityId } = "identity.reset_password", Write, permission Some(ResetMethods::NAME),
        needs FreshTwoFactors,
        |who, about: &IdentityFacts| change(ResetMethods::NAME, who, about).and(of_a_person(about));
    /// Disable an identity: its sessions end, and it cannot sign in.
    DisableIdentity { id: IdentityId } = "identity.disable", Write, needs Fresh,
        |who, about: &IdentityFacts| change(DisableIdentity::NAME, who, about);
    /// Let a disabled identity sign in again.
    EnableIdentity { id: IdentityId } = "identity.enable", Write, permission Some(DisableIdentity::NAME), needs Fresh,
        |who, about: &IdentityFacts| change(DisableIdentity::NAME, who, about);
}

/// Change an identity's display name.
pub struct RenameIdentity {
    pub id: IdentityId,
    /// The new display name.
    pub to: DisplayName,
}

impl Action for RenameIdentity {
    const NAME: &'static str = "identity.rename";
    const PERMISSION: Option<&'static str> = Some(AddIdentity::NAME);
    type Facts = IdentityFacts;
    type Effect = Write;

    fn about(&self) -> IdentityId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("identity", self.id).with("display-name", self.to.as_str())
    }

    fn decide(&self, who: &Principal, about: &IdentityFacts) -> Decision {
        change(AddIdentity::NAME, who, about)
    }
}
