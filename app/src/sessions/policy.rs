//! Policy for sessions: the actions and what decides them.

use crate::page::form::stated::StatedReason;
use crate::page::{Sort, SortKey, for_oneself};
use crate::sessions::revocations::RevocationFacts;
use crate::sessions::scope::Scope;
use crate::sessions::store::SessionFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, Principal, Reason, RevocationId, SessionId};

for_oneself! {
    /// Be told when one's own session ends. It reveals nothing, so an unconfirmed session may do it
    /// too.
    Watch = "session.watch", Read, Unconfirmed;
    /// List one's own sessions.
    ListOwnSessions = "session.list_own", Read;
    /// Continue this session: the request alone counts as a use of it.
    Stay = "session.stay", Read;
}

/// Permission to end the sessions of others.
pub const REVOKE: &str = "session.revoke";

/// End one session: one's own, or anybody's with [`REVOKE`].
pub struct EndSession {
    pub id: SessionId,
    pub why: StatedReason,
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
        self.why.of(Resource::of("session", self.id))
    }

    fn decide(&self, who: &Principal, about: &SessionFacts) -> Decision {
        let own = Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted);
        own.or(who.holds(REVOKE).everywhere()).or_hidden()
    }
}

/// End one's own sessions.
pub struct EndOwnSessions {
    /// All except the asking one.
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

/// Preview which sessions would end.
pub struct PreviewRevocation {
    /// The scope, or `None` if none is chosen yet.
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

/// End the sessions of a scope.
pub struct Revoke {
    pub scope: Scope,
    /// Whether the asking session stays live.
    pub spare_this: bool,
    pub why: StatedReason,
}

impl Action for Revoke {
    const NAME: &'static str = REVOKE;
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.why.of(of(&self.scope).with("spare-this", if self.spare_this { "true" } else { "false" }))
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(REVOKE).everywhere()
    }
}

/// What the list of everybody's sessions is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionKey {
    #[default]
    Started,
    Name,
    Address,
    Authenticated,
    Used,
    /// The nearer of the two ends.
    Ends,
}

impl SortKey for SessionKey {
    const KEYS: &'static [(&'static str, Self)] = &[
        ("-started", Self::Started),
        ("name", Self::Name),
        ("address", Self::Address),
        ("-authenticated", Self::Authenticated),
        ("-used", Self::Used),
        ("ends", Self::Ends),
    ];
}

/// List everybody's sessions.
pub struct ListSessions {
    /// Only sessions whose name or address contains this.
    pub matching: String,
    pub sort: Sort<SessionKey>,
    /// The page number.
    pub page: u32,
}

impl Action for ListSessions {
    const NAME: &'static str = "session.list";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let (sort, order) = self.sort.parameter();
        Resource::none().with("matching", &self.matching).with("page", self.page.to_string()).with(sort, order)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere()
    }
}

/// Read a revocation's measurements: one's own, or anybody's with [`REVOKE`].
pub struct ReadRevocation {
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
