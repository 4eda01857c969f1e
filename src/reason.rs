//! Why a decision was taken, as a code for machines and as words for people.

use serde::{Deserialize, Serialize};

/// What stood behind a decision that allowed; several may hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds(u8);

impl Grounds {
    /// A role holds the permission in this environment.
    pub const ROLE: Self = Self(1);
    /// The secret belongs to the principal.
    pub const OWNER: Self = Self(2);
    /// A grant that has not ended names the principal.
    pub const GRANT: Self = Self(4);
    /// Anyone who is signed in may.
    pub const SESSION: Self = Self(8);
    /// The authentication is recent enough.
    pub const FRESH: Self = Self(16);

    /// The session has shown two factors.
    pub const TWO_FACTORS: Self = Self(32);

    const NAMES: [(Self, &'static str, &'static str); 6] = [
        (Self::ROLE, "role", "by role"),
        (Self::OWNER, "owner", "as owner"),
        (Self::GRANT, "grant", "by grant"),
        (Self::SESSION, "session", "signed in"),
        (Self::FRESH, "fresh", "confirmed recently"),
        (Self::TWO_FACTORS, "two_factors", "with two factors"),
    ];

    /// These grounds and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `other` is among them.
    #[must_use]
    pub const fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// As a code, for example `role+grant`.
    #[must_use]
    pub fn code(self) -> String {
        self.join(|name| name.1, "+")
    }

    /// In words, for example `by role, by grant`.
    #[must_use]
    pub fn words(self) -> String {
        self.join(|name| name.2, ", ")
    }

    fn join(self, pick: fn(&(Self, &'static str, &'static str)) -> &'static str, between: &str) -> String {
        let held = Self::NAMES.iter().filter(|name| self.include(name.0));
        held.map(pick).collect::<Vec<_>>().join(between)
    }
}

/// How a refusal is answered; design.md's table has a row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// There is no session that counts: lead to sign-in.
    SignIn,
    /// A session, but not this: say so.
    Forbidden,
    /// As if it did not exist.
    NotFound,
    /// The person must show again who they are.
    Confirm,
    /// Nothing can be decided or recorded now.
    Unavailable,
}

/// Why a decision refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The request carried no handle.
    NoSession,
    /// The handle names no session.
    UnknownHandle,
    /// The session was ended.
    SessionEnded,
    /// The session was not used for too long.
    SessionIdle,
    /// The session reached its absolute limit.
    SessionExpired,
    /// The identity is frozen.
    IdentityFrozen,
    /// No role of the principal holds the permission.
    NoPermission,
    /// The permission is held, but not in this environment.
    OtherEnvironment,
    /// Neither owner nor grant.
    NotGranted,
    /// Somebody would relax a control on themselves.
    SamePerson,
    /// There is no such record.
    NoSuchRecord,
    /// The record exists, and the principal may not know of it.
    Hidden,
    /// The authentication is too old for this.
    NotFresh,
    /// Two factors are asked for, and this session has shown one.
    NoSecondFactor,
    /// The request comes from another network, or another browser, than the session.
    Moved,
    /// The browser has kept an old handle for too long, though newer ones were offered.
    HandleNotRenewed,
    /// The handle had been replaced, so a copy of it is about; the session is ended.
    HandleReplayed,
}

impl Reason {
    /// The code that records and interfaces use; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::UnknownHandle => "unknown_handle",
            Self::SessionEnded => "session_ended",
            Self::SessionIdle => "session_idle",
            Self::SessionExpired => "session_expired",
            Self::IdentityFrozen => "identity_frozen",
            Self::NoPermission => "no_permission",
            Self::OtherEnvironment => "other_environment",
            Self::NotGranted => "not_granted",
            Self::SamePerson => "same_person",
            Self::NoSuchRecord => "no_such_record",
            Self::Hidden => "hidden",
            Self::NotFresh => "not_fresh",
            Self::NoSecondFactor => "no_second_factor",
            Self::Moved => "moved",
            Self::HandleNotRenewed => "handle_not_renewed",
            Self::HandleReplayed => "handle_replayed",
        }
    }

    /// The reason in words, for the record.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoSession => "no session was presented",
            Self::UnknownHandle => "the handle names no session",
            Self::SessionEnded => "the session was ended",
            Self::SessionIdle => "the session was idle for too long",
            Self::SessionExpired => "the session reached its limit",
            Self::IdentityFrozen => "the identity is frozen",
            Self::NoPermission => "no role holds this permission",
            Self::OtherEnvironment => "no role holds this permission in this environment",
            Self::NotGranted => "neither owner nor grant",
            Self::SamePerson => "nobody gives this to themselves",
            // One sentence for both: people read the words of their own refusals. Auditors have the code.
            Self::NoSuchRecord | Self::Hidden => "there is no such record, or it is not theirs to know of",
            Self::NotFresh => "the authentication is too old for this",
            Self::NoSecondFactor => "this session has not shown a second factor",
            Self::Moved => "it comes from another network or browser than the session",
            Self::HandleNotRenewed => "the browser has taken no newer handle for too long",
            Self::HandleReplayed => "the handle had been replaced, so the session was ended",
        }
    }

    /// How the asker is answered.
    #[must_use]
    pub const fn answer(self) -> RefusalKind {
        match self {
            Self::NoSession
            | Self::UnknownHandle
            | Self::SessionEnded
            | Self::SessionIdle
            | Self::SessionExpired
            | Self::IdentityFrozen
            | Self::HandleReplayed => RefusalKind::SignIn,
            Self::NoPermission | Self::OtherEnvironment | Self::NotGranted | Self::SamePerson => RefusalKind::Forbidden,
            Self::NoSuchRecord | Self::Hidden => RefusalKind::NotFound,
            Self::NotFresh | Self::NoSecondFactor | Self::Moved | Self::HandleNotRenewed => RefusalKind::Confirm,
        }
    }
}
