//! Policy for the list of identities and their accounts.

use crate::identities::policy::{ResetMethods, change, know, of_a_person};
use crate::identities::store::IdentityFacts;
use crate::page::{Sort, SortKey};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{DisplayName, IdentityId, Principal, SignInName};

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

/// Read an identity's account: its roles, and whether it can sign in.
pub struct ReadIdentity {
    pub id: IdentityId,
}

impl Action for ReadIdentity {
    const NAME: &'static str = "identity.read";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = IdentityFacts;
    type Effect = Read;

    fn about(&self) -> IdentityId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("identity", self.id)
    }

    fn decide(&self, who: &Principal, _: &IdentityFacts) -> Decision {
        know(who)
    }
}

/// See the form for a new person.
pub struct AskToAddIdentity;

impl Action for AskToAddIdentity {
    const NAME: &'static str = "identity.ask_to_add";
    const PERMISSION: Option<&'static str> = Some(AddIdentity::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(AddIdentity::NAME).everywhere()
    }
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

macro_rules! changes {
    ($($(#[$doc:meta])* $action:ident = $name:literal, $permission:expr, $needed:ident $(, $and:ident)?;)*) => {$(
        $(#[$doc])*
        pub struct $action {
            pub id: IdentityId,
        }

        impl Action for $action {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> = Some($permission);
            const ASSURANCE: Needed = Needed::$needed;
            type Facts = IdentityFacts;
            type Effect = Write;

            fn about(&self) -> IdentityId {
                self.id
            }

            fn resource(&self) -> Resource {
                Resource::of("identity", self.id)
            }

            fn decide(&self, who: &Principal, about: &IdentityFacts) -> Decision {
                change($permission, who, about)$(.and($and(about)))?
            }
        }
    )*};
}

changes! {
    /// Make a new invitation for somebody who has not accepted one. Earlier ones end.
    InviteAgain = "identity.invite", AddIdentity::NAME, Fresh, of_a_person;
    /// Make a link by which somebody who forgot their password chooses a new one. Second factors stay.
    ResetPassword = "identity.reset_password", ResetMethods::NAME, FreshTwoFactors, of_a_person;
    /// Disable an identity: its sessions end, and it cannot sign in.
    DisableIdentity = "identity.disable", "identity.disable", Fresh;
    /// Let a disabled identity sign in again.
    EnableIdentity = "identity.enable", DisableIdentity::NAME, Fresh;
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
