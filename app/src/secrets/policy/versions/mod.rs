//! Policy for the versions of a value: list them, reveal one, and bring one back.

mod past;
mod pending;

pub use past::{FolderThen, ReadFolderThen, RestoreFolder};
pub use pending::{DiscardPending, PromotePending, SavePending};

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{ReadSecret, RevealSecret, RotateSecret, employ, know};
use crate::secrets::store::{SecretFacts, VersionLabel};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, SecretId};

/// List the versions of a value: who made each, when and why. No value is among it.
pub struct ReadVersions {
    pub id: SecretId,
    /// Only versions before this one.
    pub before: Option<i64>,
    /// The two versions to set side by side.
    pub compared: Option<(VersionLabel, VersionLabel)>,
}

impl Action for ReadVersions {
    const NAME: &'static str = "secret.versions";
    const PERMISSION: Option<&'static str> = Some(ReadSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let resource = Resource::of("secret", self.id);
        let resource = self.before.map_or(resource.clone(), |before| resource.with("before", before.to_string()));
        match self.compared {
            Some((left, right)) => resource.with("left", left.to_string()).with("right", right.to_string()),
            None => resource,
        }
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about)
    }
}

/// Reveal the value of one version, or the pending value.
pub struct RevealVersion {
    pub id: SecretId,
    pub version: VersionLabel,
    pub why: StatedReason,
}

impl Action for RevealVersion {
    const NAME: &'static str = RevealSecret::NAME;
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    const DISCLOSES: bool = true;
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("version", self.version.to_string()))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(Self::NAME, who, about)
    }
}

/// Make the value of an older version the current one. It takes the right to change the value, not the right to see it.
pub struct RestoreVersion {
    pub id: SecretId,
    pub version: i64,
    pub why: StatedReason,
}

impl Action for RestoreVersion {
    const NAME: &'static str = "secret.restore";
    const PERMISSION: Option<&'static str> = Some(RotateSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("version", self.version.to_string()))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(RotateSecret::NAME, who, about)
    }
}
