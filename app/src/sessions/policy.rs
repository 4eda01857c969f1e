//! Policy: what may be asked here, and what decides.

use crate::page::for_oneself;
use crate::sessions::revocations::RevocationFacts;
use crate::sessions::scope::Scope;
use crate::sessions::store::SessionFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, Principal, Reason, RevocationId, SessionId};

for_oneself! {
    /// To be told when one's own session ends. It shows nothing, so an unconfirmed session may wait for it too.
    Watch = "session.watch", Read, Unconfirmed;
    /// To see one's own sessions.
    ListOwnSessions = "session.list_own", Read;
    /// To go on in this session: the asking alone is a use of it.
    Stay = "session.stay", Read;
}

/// Who may end the sessions of others.
pub const REVOKE: &str = "session.revoke";

/// To end one session: one's own, or anybody's for whoever may end those.
pub struct EndSession {
    /// Which.
    pub id: SessionId,
}

impl Action for EndSession {
    const NAME: &'static str = "session.end_one";
    const PERMISSION: Option<&'static str> = None;
    const ASSURANCE: Needed = Needed::FreshTwoFactorsWhereProtected;
    type Facts = SessionFacts;
    type Effect = Write;

    fn about(&self) -> SessionId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("session", self.id)
    }

    fn decide(&self, who: &Principal, about: &SessionFacts) -> Decision {
        let own = Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted);
        own.or(who.holds(REVOKE).everywhere()).or_hidden()
    }
}

/// To end every session of one's own.
pub struct EndOwnSessions {
    /// All but this one.
    pub others_only: bool,
}

impl Action for EndOwnSessions {
    const NAME: &'static str = "session.end_own";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("others-only", if self.others_only { "true" } else { "false" })
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

fn of(scope: &Scope) -> Resource {
    Resource::none().with("by", scope.kind().as_str()).with("what", scope.subject())
}

/// To see which sessions would end.
pub struct PreviewRevocation {
    /// Which; nothing where nothing is chosen yet.
    pub scope: Option<Scope>,
}

impl Action for PreviewRevocation {
    const NAME: &'static str = "session.preview_revocation";
    const PERMISSION: Option<&'static str> = Some(REVOKE);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.scope.as_ref().map(of).unwrap_or_default()
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(REVOKE).everywhere()
    }
}

/// To end them.
pub struct Revoke {
    /// Which.
    pub scope: Scope,
    /// Whether the session that asks goes on.
    pub spare_this: bool,
}

impl Action for Revoke {
    const NAME: &'static str = REVOKE;
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        of(&self.scope).with("spare-this", if self.spare_this { "true" } else { "false" })
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(REVOKE).everywhere()
    }
}

/// To see everybody's sessions.
pub struct ListSessions {
    /// Only those whose name, or address, contains this.
    pub matching: String,
    /// Which page of the list.
    pub page: u32,
}

impl Action for ListSessions {
    const NAME: &'static str = "session.list";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("matching", &self.matching).with("page", self.page.to_string())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere()
    }
}

/// To see how fast a revocation held: one's own, or anybody's for whoever may end sessions.
pub struct ReadRevocation {
    /// Which.
    pub id: RevocationId,
}

impl Action for ReadRevocation {
    const NAME: &'static str = "session.read_revocation";
    const PERMISSION: Option<&'static str> = Some(REVOKE);
    type Facts = RevocationFacts;
    type Effect = Read;

    fn about(&self) -> RevocationId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("revocation", self.id)
    }

    fn decide(&self, who: &Principal, about: &RevocationFacts) -> Decision {
        let own = Decision::when(about.by == Some(who.identity), Grounds::OWNER, Reason::NotGranted);
        own.or(who.holds(REVOKE).everywhere()).or_hidden()
    }
}
