//! Policy for sharing a secret with a group.

use crate::identities::store::groups::GroupFacts;
use crate::page::form::stated::StatedReason;
use crate::secrets::policy::access::share;
use crate::secrets::store::{GroupShareFacts, SecretFacts};
use doorward::action::{Action, Needed, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, GroupId, Principal, Reason, SecretId, TimeSpan};

/// Give every member of a group access to a secret.
pub struct ShareWithGroup {
    pub id: SecretId,
    pub with: GroupId,
    /// How long the grant lasts; `None` for no end.
    pub lasts: Option<TimeSpan>,
    pub why: StatedReason,
}

impl Action for ShareWithGroup {
    const NAME: &'static str = "secret.share_with_group";
    const PERMISSION: Option<&'static str> = Some("secret.share");
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = GroupShareFacts;
    type Effect = Write;

    fn about(&self) -> (SecretId, GroupId) {
        (self.id, self.with)
    }

    fn resource(&self) -> Resource {
        let lasts = self.lasts.map(|span| format!("{}s", span.0 / 1000)).unwrap_or_default();
        self.why.of(Resource::of("secret", self.id).with("group", self.with.as_str()).with("lasts", lasts))
    }

    /// Nobody gives themselves access by a group that they are in. The owner has access anyway.
    fn decide(&self, who: &Principal, about: &GroupShareFacts) -> Decision {
        let GroupShareFacts { secret, group } = about;
        share(who, secret).and(secret.in_use()).and(is_no_gain(who, secret, group))
    }
}

fn is_no_gain(who: &Principal, secret: &SecretFacts, group: &GroupFacts) -> Decision {
    let of_others = Decision::when(!group.includes_principal, Grounds::default(), Reason::SamePerson);
    of_others.or(secret.owned_by(who))
}

/// Revoke a group's access to a secret.
pub struct UnshareWithGroup {
    pub id: SecretId,
    /// The group that loses access.
    pub from: GroupId,
    pub why: StatedReason,
}

impl Action for UnshareWithGroup {
    const NAME: &'static str = "secret.unshare_with_group";
    const PERMISSION: Option<&'static str> = Some("secret.share");
    type Facts = GroupShareFacts;
    type Effect = Write;

    fn about(&self) -> (SecretId, GroupId) {
        (self.id, self.from)
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("group", self.from.as_str()))
    }

    fn decide(&self, who: &Principal, about: &GroupShareFacts) -> Decision {
        share(who, &about.secret)
    }
}
