//! Why a decision allowed or refused: a stable code for machines, and text for people.

use serde::{Deserialize, Serialize};

/// The grounds on which a decision allowed something. A set: several grounds can hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds(u8);

impl Grounds {
    /// No grounds.
    pub const NONE: Self = Self(0);
    /// A role of the principal holds the permission in the resource's environment.
    pub const ROLE: Self = Self(1);
    /// The principal owns the secret.
    pub const OWNER: Self = Self(2);
    /// A grant that has not ended names the principal.
    pub const GRANT: Self = Self(4);
    /// Being signed in is enough.
    pub const SESSION: Self = Self(8);
    /// The authentication is recent enough.
    pub const FRESH: Self = Self(16);
    /// The session was authenticated with two factors.
    pub const TWO_FACTORS: Self = Self(32);

    const NAMES: [(Self, &'static str, &'static str); 6] = [
        (Self::ROLE, "role", "by role"),
        (Self::OWNER, "owner", "as owner"),
        (Self::GRANT, "grant", "by grant"),
        (Self::SESSION, "session", "signed in"),
        (Self::FRESH, "fresh", "confirmed recently"),
        (Self::TWO_FACTORS, "two_factors", "with two factors"),
    ];

    /// Returns the union of both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the set contains all of `other`.
    #[must_use]
    pub const fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the code for records, for example `role+grant`.
    #[must_use]
    pub fn code(self) -> String {
        self.join(|name| name.1, "+")
    }

    /// Returns the grounds as text, for example `by role, by grant`.
    #[must_use]
    pub fn words(self) -> String {
        self.join(|name| name.2, ", ")
    }

    fn join(self, pick: fn(&(Self, &'static str, &'static str)) -> &'static str, between: &str) -> String {
        let names = Self::NAMES.iter().filter(|name| self.include(name.0));
        names.map(pick).collect::<Vec<_>>().join(between)
    }
}

/// How a refusal is presented to the caller. Each transport (page, form, server function) maps
/// every kind to one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// The request has no live session: lead the caller to sign-in (HTTP 303 or 401).
    SignIn,
    /// The session is live, but this is not allowed (HTTP 403).
    Forbidden,
    /// Respond as if the record did not exist (HTTP 404).
    NotFound,
    /// The user must authenticate again first (HTTP 303 or 401).
    Confirm,
    /// The decision could not be made or recorded (HTTP 503).
    Unavailable,
    /// A reason has to be stated (HTTP 422).
    NeedsReason,
}

/// Why a decision refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The request carried no handle.
    NoSession,
    /// The handle belongs to no session.
    UnknownHandle,
    /// The session was ended by its user or an administrator, or because of a replayed handle.
    SessionEnded,
    /// The session reached its idle limit.
    SessionIdle,
    /// The session reached its absolute limit.
    SessionExpired,
    /// The identity is frozen.
    IdentityFrozen,
    /// No role of the principal holds the permission.
    NoPermission,
    /// A role holds the permission, but not in this environment.
    OtherEnvironment,
    /// The principal neither owns the resource nor has a grant.
    NotGranted,
    /// The resource is archived, so it is not used.
    Archived,
    /// The environment keeps out service accounts and agents, and the principal is one.
    NoMachines,
    /// The principal would relax a control on themselves.
    SamePerson,
    /// No such record exists.
    NoSuchRecord,
    /// The record exists, but the principal may not learn of it.
    Hidden,
    /// The environment asks for a stated reason, and none was given.
    NotStated,
    /// The authentication is older than the action allows.
    NotFresh,
    /// The action needs two factors, and this session has shown only one.
    NoSecondFactor,
    /// The request comes from another network or browser than the one the session was confirmed
    /// from.
    Moved,
    /// The browser still uses an old handle although newer ones were offered; see
    /// [`crate::session::Handle::is_kept_too_long`].
    HandleNotRenewed,
    /// The handle had already been replaced, so somebody has a copy of it. The session is ended.
    HandleReplayed,
    /// A person's handle was presented to the API, or a machine's handle to a page.
    OtherChannel,
    /// The action is about people, and this is a service account or an agent.
    NotAPerson,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 22] = [
        Self::NoSession,
        Self::UnknownHandle,
        Self::SessionEnded,
        Self::SessionIdle,
        Self::SessionExpired,
        Self::IdentityFrozen,
        Self::NoPermission,
        Self::OtherEnvironment,
        Self::NotGranted,
        Self::Archived,
        Self::NoMachines,
        Self::SamePerson,
        Self::NoSuchRecord,
        Self::Hidden,
        Self::NotStated,
        Self::NotFresh,
        Self::NoSecondFactor,
        Self::Moved,
        Self::HandleNotRenewed,
        Self::HandleReplayed,
        Self::OtherChannel,
        Self::NotAPerson,
    ];

    /// Returns the code used in records and interfaces. Codes never change.
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
            Self::Archived => "archived",
            Self::NoMachines => "no_machines",
            Self::SamePerson => "same_person",
            Self::NoSuchRecord => "no_such_record",
            Self::Hidden => "hidden",
            Self::NotStated => "not_stated",
            Self::NotFresh => "not_fresh",
            Self::NoSecondFactor => "no_second_factor",
            Self::Moved => "moved",
            Self::HandleNotRenewed => "handle_not_renewed",
            Self::HandleReplayed => "handle_replayed",
            Self::OtherChannel => "other_channel",
            Self::NotAPerson => "not_a_person",
        }
    }

    /// Returns the reason as text, for the record.
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
            Self::Archived => "it is archived",
            Self::NoMachines => "machines are kept out of this environment",
            Self::SamePerson => "people cannot do this for themselves",
            // Both give the same text, because people read the reason for their own refusals.
            // Auditors have the code.
            Self::NoSuchRecord | Self::Hidden => "it does not exist, or is hidden from this person",
            Self::NotStated => "no reason was stated, and this environment asks for one",
            Self::NotFresh => "the authentication is too old for this",
            Self::NoSecondFactor => "this session has not shown a second factor",
            Self::Moved => "it comes from another network or browser than the session",
            Self::HandleNotRenewed => "the browser has taken no newer handle for too long",
            Self::HandleReplayed => "the handle had been replaced, so the session was ended",
            Self::OtherChannel => "people use pages, and machines use the API",
            Self::NotAPerson => "it is a machine and not a person",
        }
    }

    /// Returns how the caller is answered.
    #[must_use]
    pub const fn answer(self) -> RefusalKind {
        match self {
            Self::NoSession
            | Self::UnknownHandle
            | Self::SessionEnded
            | Self::SessionIdle
            | Self::SessionExpired
            | Self::IdentityFrozen
            | Self::HandleReplayed
            | Self::OtherChannel => RefusalKind::SignIn,
            Self::NoPermission
            | Self::OtherEnvironment
            | Self::NotGranted
            | Self::Archived
            | Self::NoMachines
            | Self::SamePerson
            | Self::NotAPerson => RefusalKind::Forbidden,
            Self::NoSuchRecord | Self::Hidden => RefusalKind::NotFound,
            Self::NotStated => RefusalKind::NeedsReason,
            Self::NotFresh | Self::NoSecondFactor | Self::Moved | Self::HandleNotRenewed => RefusalKind::Confirm,
        }
    }
}
