//! Policy for a folder at a point in time: see what has changed since, and bring it back. What becomes of a secret is
//! decided for each, as if its version were restored by itself.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{ListSecrets, RotateSecret};
use crate::secrets::store::{EnvironmentFacts, Folder};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Principal, Timestamp};

/// A folder of an environment, or all of it, at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderThen {
    pub environment: Environment,
    /// `None` for the whole environment.
    pub folder: Option<Folder>,
    pub at: Timestamp,
}

impl FolderThen {
    fn resource(&self) -> Resource {
        Resource::none()
            .with("at", self.at.0.to_string())
            .with("environment", self.environment.as_str())
            .with("folder", self.folder.as_ref().map_or("", Folder::as_str))
    }
}

/// See what has changed in a folder since a time. Each secret is also decided separately, as if it were opened.
pub struct ReadFolderThen {
    /// `None` for the form alone.
    pub then: Option<FolderThen>,
}

impl Action for ReadFolderThen {
    const NAME: &'static str = "secret.read_folder_then";
    const PERMISSION: Option<&'static str> = Some(ListSecrets::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.then.as_ref().map_or_else(Resource::none, FolderThen::resource)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListSecrets::NAME).somewhere()
    }
}

/// Give the secrets of a folder the values that they had: all of them or none.
pub struct RestoreFolder {
    pub then: FolderThen,
    pub why: StatedReason,
}

impl Action for RestoreFolder {
    const NAME: &'static str = "secret.restore_folder";
    const PERMISSION: Option<&'static str> = Some(RotateSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.then.environment.clone()
    }

    fn resource(&self) -> Resource {
        self.why.of(self.then.resource())
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        who.holds(RotateSecret::NAME).within(&about.environment)
    }
}
