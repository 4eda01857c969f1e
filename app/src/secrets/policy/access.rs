//! Who has access to a secret: reading it, sharing, and ending a share.

use crate::secrets::policy::{keep, know};
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{IdentityId, Principal, SecretId, TimeSpan};

/// To see who has access to a secret.
pub struct ReadAccess {
    /// Which secret.
    pub id: SecretId,
}

impl Action for ReadAccess {
    const NAME: &'static str = "secret.access";
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(who.holds(Self::NAME).within(&about.environment)).and(keep(who, about))
    }
}

fn share(who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about).and(who.holds(ShareSecret::NAME).within(&about.environment)).and(keep(who, about))
}

/// To give somebody else access to a secret.
pub struct ShareSecret {
    /// Which secret.
    pub id: SecretId,
    /// The sign-in name of whom it is for.
    pub with: String,
    /// For how long; without an end where nothing is said.
    pub lasts: Option<TimeSpan>,
}

impl Action for ShareSecret {
    const NAME: &'static str = "secret.share";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let lasts = self.lasts.map(|span| format!("{}s", span.0 / 1000)).unwrap_or_default();
        Resource::of("secret", self.id).with("lasts", lasts).with("with", &self.with)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        share(who, about).and(who.is_not(&self.with))
    }
}

/// To take somebody's access to a secret back.
pub struct UnshareSecret {
    /// Which secret.
    pub id: SecretId,
    /// Whose access.
    pub from: IdentityId,
}

impl Action for UnshareSecret {
    const NAME: &'static str = "secret.unshare";
    const PERMISSION: Option<&'static str> = Some(ShareSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("from", self.from.as_str())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        share(who, about)
    }
}
