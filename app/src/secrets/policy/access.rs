//! Policy for access to a secret: reading the grants, sharing, and revoking a grant.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{keep, know};
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{IdentityId, Principal, SecretId, TimeSpan};

/// Read who has access to a secret.
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
        read_access(who, about)
    }
}

pub(super) fn read_access(who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about).and(who.holds(ReadAccess::NAME).within(&about.environment)).and(keep(who, about))
}

pub(super) fn share(who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about).and(who.holds(ShareSecret::NAME).within(&about.environment)).and(keep(who, about))
}

/// Give another identity access to a secret.
pub struct ShareSecret {
    /// Which secret.
    pub id: SecretId,
    /// The recipient's sign-in name.
    pub with: String,
    /// How long the grant lasts; `None` for no end.
    pub lasts: Option<TimeSpan>,
    pub why: StatedReason,
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
        self.why.of(Resource::of("secret", self.id).with("lasts", lasts).with("with", &self.with))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        share(who, about).and(about.in_use()).and(who.is_not(&self.with))
    }
}

/// Revoke an identity's access to a secret.
pub struct UnshareSecret {
    /// Which secret.
    pub id: SecretId,
    /// The identity that loses access.
    pub from: IdentityId,
    pub why: StatedReason,
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
        self.why.of(Resource::of("secret", self.id).with("from", self.from.as_str()))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        share(who, about)
    }
}
