//! The questions about secrets, and what decides them.

mod access;
mod list;

pub use access::{ReadAccess, ShareSecret, UnshareSecret};
pub use list::{ExportSecrets, ListSecrets};

use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, RecordId, SecretId, SecretName};

/// To see what was asked about a secret, by whom, and what was decided.
pub struct ReadHistory {
    /// Which secret.
    pub id: SecretId,
    /// How many records at a time.
    pub rows: u32,
    /// Only those before this one.
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
        Resource::of("secret", self.id).with("before", before).with("rows", self.rows.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(who.holds(Self::NAME).within(&about.environment)).and(keep(who, about))
    }
}

/// Who sees every secret of an environment, not only their own: a permission without a page.
pub const INVENTORY: &str = "secret.inventory";

/// Knowing that a secret exists, and everything about it but its value.
pub fn know(who: &Principal, about: &SecretFacts) -> Decision {
    let concerned = about.granted_to(who).or(keep(who, about));
    who.holds(ReadSecret::NAME).within(&about.environment).and(concerned).or_hidden()
}

/// Being answerable for a secret: its owner, or who sees every secret there.
pub fn keep(who: &Principal, about: &SecretFacts) -> Decision {
    about.owned_by(who).or(who.holds(INVENTORY).within(&about.environment))
}

/// To see a secret's metadata.
pub struct ReadSecret {
    /// Which.
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

/// Using the value: a role, and the secret's own owner or grant.
fn employ(permission: &str, who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about)
        .and(who.holds(permission).within(&about.environment))
        .and(about.owned_by(who).or(about.granted_to(who)))
}

/// To see what one may do with a secret.
pub struct ReadUses {
    /// Which.
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

/// To see a secret's value.
pub struct RevealSecret {
    /// Which.
    pub id: SecretId,
}

impl Action for RevealSecret {
    const NAME: &'static str = "secret.reveal";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(Self::NAME, who, about)
    }
}

/// To give a secret a new value.
pub struct RotateSecret {
    /// Which.
    pub id: SecretId,
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
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(Self::NAME, who, about)
    }
}

/// To give a secret another name.
pub struct RenameSecret {
    /// Which.
    pub id: SecretId,
    /// Its new name.
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
