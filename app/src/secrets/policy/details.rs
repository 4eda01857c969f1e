//! Policy for what is said about a secret, for its owner, and for its life after use.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{keep, know};
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, SecretId};

/// Decides for people who are responsible for a secret and whose role holds `permission`.
pub(super) fn look_after(permission: &str, who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about).and(who.holds(permission).within(&about.environment)).and(keep(who, about))
}

/// See the forms that change what is said about a secret, and those that take it out of use.
pub struct ReadDetails {
    pub id: SecretId,
}

impl Action for ReadDetails {
    const NAME: &'static str = "secret.details";
    const PERMISSION: Option<&'static str> = Some(EditSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about)
    }
}

/// Change the description and the tags.
pub struct EditSecret {
    pub id: SecretId,
    /// The length of the new description in characters. The record has no text that people wrote.
    pub description: usize,
    /// The number of tags.
    pub tags: usize,
}

impl Action for EditSecret {
    const NAME: &'static str = "secret.edit";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let resource = Resource::of("secret", self.id).with("description", self.description.to_string());
        resource.with("tags", self.tags.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(Self::NAME, who, about)
    }
}

/// Make somebody else the owner. Nobody makes themselves one: an owner may reveal the value.
pub struct GiveSecret {
    pub id: SecretId,
    /// The new owner's sign-in name.
    pub to: String,
    pub why: StatedReason,
}

impl Action for GiveSecret {
    const NAME: &'static str = "secret.give";
    const PERMISSION: Option<&'static str> = Some(EditSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("to", &self.to))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about).and(about.in_use()).and(who.is_not(&self.to))
    }
}

macro_rules! after_use {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $permission:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub id: SecretId,
            pub why: StatedReason,
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = Some($permission);
            const ASSURANCE: Needed = Needed::FreshWhereProtected;
            type Facts = SecretFacts;
            type Effect = Write;

            fn about(&self) -> SecretId {
                self.id
            }

            fn resource(&self) -> Resource {
                self.why.of(Resource::of("secret", self.id))
            }

            fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
                look_after($permission, who, about)
            }
        }
    )*};
}

after_use! {
    /// Take a secret out of use.
    ArchiveSecret = "secret.archive", "secret.archive";
    /// Take it back into use.
    BringBackSecret = "secret.bring_back", "secret.archive";
    /// Have an archived secret deleted for good, after a delay.
    DeleteSecret = "secret.delete", "secret.delete";
    /// Cancel a deletion that has not happened yet.
    CancelDeletion = "secret.cancel_deletion", "secret.archive";
}
