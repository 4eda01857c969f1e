//! Policy for secrets: the actions and what decides them.

mod access;
mod add;
mod canary;
mod consumers;
mod details;
mod export;
mod groups;
mod import;
mod list;
mod readers;
mod rotation;
mod selected;
mod versions;

pub use access::{ReadAccess, ShareSecret, UnshareSecret};
pub use add::{AddSecret, AskToAddSecret, AskToCopySecret, CopySecret, CopyValue};
pub use canary::{AddDecoy, ListCanaries, MarkCanary, ReadCanary};
pub use consumers::{AddConsumer, ReadConsumers, RemoveConsumer};
pub use details::{ArchiveSecret, BringBackSecret, CancelDeletion, DeleteSecret, EditSecret, GiveSecret, ReadDetails};
pub use export::{AskToExportValues, ExportValue, ExportValues};
pub use groups::{ShareWithGroup, UnshareWithGroup};
pub use import::{AskToImport, ImportSecrets, PreviewImport};
pub use list::{BrowseSecrets, ExportSecrets, ListSecrets};
pub use readers::ReadReaders;
pub use rotation::{GenerateValue, ListRotations, SetRotation, is_to_rotate};
pub use selected::{ChangeSelected, MoveSecret, PreviewSelected, TagSecret, decide_selected, may_select};
pub use versions::{
    DiscardPending, FolderThen, PromotePending, ReadFolderThen, ReadVersions, RestoreFolder, RestoreVersion,
    RevealVersion, SavePending,
};

use crate::page::form::stated::StatedReason;
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, RecordId, SecretId, SecretName};

/// Read the history of decisions about a secret.
pub struct ReadHistory {
    /// Which secret.
    pub id: SecretId,
    /// The maximum number of records.
    pub rows: u32,
    /// Whether routine reads are counted apart, so that they never take the place of anything else.
    pub folded: bool,
    /// Only records before this one.
    pub before: Option<RecordId>,
}

impl Action for ReadHistory {
    const NAME: &'static str = "secret.history";
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let before = self.before.map(|record| record.to_string()).unwrap_or_default();
        Resource::of("secret", self.id)
            .with("before", before)
            .with("folded", if self.folded { "1" } else { "" })
            .with("rows", self.rows.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(who.holds(Self::NAME).within(&about.environment)).and(keep(who, about))
    }
}

/// Permission to see every secret of an environment, not only one's own. It has no page of its own.
pub const INVENTORY: &str = "secret.inventory";

/// Decides whether `who` may know that a secret exists and see everything except its value.
pub fn know(who: &Principal, about: &SecretFacts) -> Decision {
    let concerned = about.granted_to(who).or(keep(who, about));
    who.holds(ReadSecret::NAME).within(&about.environment).and(concerned).or_hidden()
}

/// Decides whether `who` is responsible for a secret: its owner, or somebody who sees every secret
/// of the environment.
pub fn keep(who: &Principal, about: &SecretFacts) -> Decision {
    about.owned_by(who).or(who.holds(INVENTORY).within(&about.environment))
}

/// Read a secret's metadata.
pub struct ReadSecret {
    pub id: SecretId,
}

impl Action for ReadSecret {
    const NAME: &'static str = "secret.read";
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about)
    }
}

/// Decides about using the value: it takes a role that holds `permission`, and being the owner or
/// having a grant. The value of an archived secret is not used.
fn employ(permission: &str, who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about)
        .and(who.holds(permission).within(&about.environment))
        .and(about.owned_by(who).or(about.granted_to(who)))
        .and(about.in_use())
}

/// Read which actions on a secret are available.
pub struct ReadUses {
    pub id: SecretId,
}

impl Action for ReadUses {
    const NAME: &'static str = "secret.uses";
    const PERMISSION: Option<&'static str> = Some(ReadSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about)
    }
}

/// Reveal a secret's value.
pub struct RevealSecret {
    pub id: SecretId,
    pub why: StatedReason,
}

impl Action for RevealSecret {
    const NAME: &'static str = "secret.reveal";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    const DISCLOSES: bool = true;
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(Self::NAME, who, about)
    }
}

/// Give a secret a new value.
pub struct RotateSecret {
    pub id: SecretId,
    pub why: StatedReason,
}

impl Action for RotateSecret {
    const NAME: &'static str = "secret.rotate";
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
        employ(Self::NAME, who, about)
    }
}

/// Rename a secret.
pub struct RenameSecret {
    pub id: SecretId,
    /// The new name.
    pub to: SecretName,
}

impl Action for RenameSecret {
    const NAME: &'static str = "secret.rename";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("name", self.to.as_str())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(who.holds(Self::NAME).within(&about.environment)).and(keep(who, about))
    }
}
