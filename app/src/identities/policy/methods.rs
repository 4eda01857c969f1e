//! Policy for removing the second factors of others.

use crate::page::form::stated::StatedReason;
use doorward::Principal;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;

/// See the form, and what a reset would remove.
pub struct AskToResetMethods {
    /// The person's sign-in name, once one is chosen.
    pub whose: Option<String>,
}

impl Action for AskToResetMethods {
    const NAME: &'static str = "methods.ask_to_reset";
    const PERMISSION: Option<&'static str> = Some(ResetMethods::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.whose.as_ref().map(|whose| Resource::none().with("whose", whose)).unwrap_or_default()
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ResetMethods::NAME).everywhere()
    }
}

/// Remove another person's second factors.
pub struct ResetMethods {
    /// The person's sign-in name.
    pub whose: String,
    pub why: StatedReason,
}

impl Action for ResetMethods {
    const NAME: &'static str = "methods.reset";
    const ASSURANCE: Needed = Needed::FreshTwoFactors;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.why.of(Resource::none().with("whose", &self.whose))
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere().and(who.is_not(&self.whose))
    }
}
