//! Policy for pending values: save one, promote it, discard it. Each takes the right to change the value, not the right to
//! see it.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{RotateSecret, employ};
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, SecretId, Timestamp};

/// Save a value that is not in use yet.
pub struct SavePending {
    pub id: SecretId,
    pub why: StatedReason,
}

impl Action for SavePending {
    const NAME: &'static str = "secret.save_pending";
    const PERMISSION: Option<&'static str> = Some(RotateSecret::NAME);
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
        employ(RotateSecret::NAME, who, about)
    }
}

macro_rules! of_a_pending_value {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub id: SecretId,
            /// When the value was saved, which tells it from a later one.
            pub saved: Timestamp,
            pub why: StatedReason,
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = Some(RotateSecret::NAME);
            const ASSURANCE: Needed = Needed::FreshWhereProtected;
            type Facts = SecretFacts;
            type Effect = Write;

            fn about(&self) -> SecretId {
                self.id
            }

            fn resource(&self) -> Resource {
                self.why.of(Resource::of("secret", self.id).with("saved", self.saved.0.to_string()))
            }

            fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
                employ(RotateSecret::NAME, who, about)
            }
        }
    )*};
}

of_a_pending_value! {
    /// Make the pending value the current one, as a new version.
    PromotePending = "secret.promote";
    /// Delete the pending value.
    DiscardPending = "secret.discard_pending";
}
