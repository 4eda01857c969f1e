//! Policy for exports of values. Each value is decided and recorded by itself, as if it were revealed.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{RevealSecret, employ};
use crate::secrets::store::{EnvironmentFacts, Folder, SecretFacts};
use doorward::action::{Action, Needed, Read, Resource};
use doorward::policy::Decision;
use doorward::{Environment, Principal, SecretId};

/// See the form for an export of values.
pub struct AskToExportValues;

impl Action for AskToExportValues {
    const NAME: &'static str = "secret.ask_to_export_values";
    const PERMISSION: Option<&'static str> = Some(ExportValues::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ExportValues::NAME).somewhere()
    }
}

/// Begin an export: learn which values are in it.
pub struct ExportValues {
    pub environment: Environment,
    pub folder: Option<Folder>,
    pub why: StatedReason,
}

impl Action for ExportValues {
    const NAME: &'static str = "secret.export_values";
    const ASSURANCE: Needed = Needed::FreshTwoFactors;
    type Facts = EnvironmentFacts;
    type Effect = Read;

    fn about(&self) -> Environment {
        self.environment.clone()
    }

    fn resource(&self) -> Resource {
        let folder = self.folder.as_ref().map_or("", Folder::as_str);
        self.why.of(Resource::none().with("environment", self.environment.as_str()).with("folder", folder))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        who.holds(Self::NAME).within(&about.environment)
    }
}

/// Take the value of one secret into an export. It is recorded as a reveal, so that it counts as one everywhere.
pub struct ExportValue {
    pub id: SecretId,
    pub why: StatedReason,
}

impl Action for ExportValue {
    const NAME: &'static str = RevealSecret::NAME;
    const ASSURANCE: Needed = Needed::FreshTwoFactors;
    const DISCLOSES: bool = true;
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("by", "export"))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(RevealSecret::NAME, who, about).and(who.holds(ExportValues::NAME).within(&about.environment))
    }
}
