//! Policy for importing secrets in the console. What happens to a secret that exists already is
//! decided for each, as if it were rotated.

use crate::secrets::policy::AddSecret;
use crate::secrets::store::EnvironmentFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Principal};

/// See the form for an import.
pub struct AskToImport;

impl Action for AskToImport {
    const NAME: &'static str = "secret.ask_to_import";
    const PERMISSION: Option<&'static str> = Some(AddSecret::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(AddSecret::NAME).somewhere()
    }
}

macro_rules! into_an_environment {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub environment: Environment,
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = Some(AddSecret::NAME);
            const ASSURANCE: Needed = Needed::FreshWhereProtected;
            type Facts = EnvironmentFacts;
            type Effect = Write;

            fn about(&self) -> Environment {
                self.environment.clone()
            }

            fn resource(&self) -> Resource {
                Resource::none().with("environment", self.environment.as_str())
            }

            fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
                who.holds(AddSecret::NAME).within(&about.environment)
            }
        }
    )*};
}

into_an_environment! {
    /// See what an import would do. The file is kept, encrypted, for the confirmation.
    PreviewImport = "secret.preview_import";
    /// Import what was previewed: all of it or nothing.
    ImportSecrets = "secret.import";
}
