//! The principal: an identity, the session it uses, and the permissions it holds at this moment.

mod bounds;

pub use bounds::Bounds;

use crate::policy::Decision;
use crate::session::Handle;
use crate::{
    AuthenticationId, Environment, Environments, Grounds, IdentityId, Method, Reason, SessionId, TimeSpan, Timestamp,
    Within,
};
use std::collections::BTreeSet;
use std::fmt;

/// The kind of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A human being.
    Person,
    /// A program that acts on its own behalf.
    ServiceAccount,
    /// A program that acts on behalf of a sponsor.
    Agent,
}

impl Kind {
    /// Returns whether it is a program: a service account or an agent.
    #[must_use]
    pub const fn is_machine(self) -> bool {
        !matches!(self, Self::Person)
    }

    /// Returns the kind as stored in rows and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::ServiceAccount => "service_account",
            Self::Agent => "agent",
        }
    }

    /// Parses what [`Kind::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::ServiceAccount, Self::Agent].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One permission that the principal holds through a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The role's name.
    pub role: Box<str>,
    /// The permission, which is an action's name.
    pub permission: Box<str>,
    /// The scope.
    pub within: Within,
}

impl fmt::Display for Holding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.within {
            Within::Everywhere => write!(out, "{} everywhere", self.role),
            Within::Only(environment) => write!(out, "{} in {environment}", self.role),
        }
    }
}

/// How, and how long ago, the session was authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assurance {
    /// The act of authentication.
    pub authentication: AuthenticationId,
    /// The method that was used.
    pub method: Method,
    /// When the authentication took place.
    pub at: Timestamp,
}

impl Assurance {
    /// The maximum age of an authentication that counts as fresh: five minutes.
    pub const FRESH: TimeSpan = TimeSpan::minutes(5);
}

/// The principal of one request. Looked up for this request alone, and never cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The identity's id.
    pub identity: IdentityId,
    /// The sign-in name.
    pub name: Box<str>,
    /// The display name.
    pub display_name: Box<str>,
    /// Whether this is a person, a service account or an agent.
    pub kind: Kind,
    /// The session's public id.
    pub session: SessionId,
    /// The session's absolute limit.
    pub ends: Timestamp,
    /// When the session ends if it is not used again.
    pub idle_ends: Timestamp,
    /// The handle that the request presented.
    pub handle: Handle,
    /// How the session was authenticated.
    pub assurance: Assurance,
    /// Whether the identity has a second factor. If so, every session must show it.
    pub has_second_factor: bool,
    /// Increases whenever this identity loses a privilege. Open pages compare it to notice that.
    pub privileges_version: i64,
    /// The sign-in names of the service accounts that this person owns. Loaded only by units of work
    /// that write.
    pub machines: Vec<Box<str>>,
    /// The number of unread notices.
    pub unread: i64,
    /// What must be confirmed before the session may be used. Set by the guard.
    pub unconfirmed: Option<Reason>,
    /// The names of the identity's roles.
    pub roles: Vec<Box<str>>,
    /// The permissions that those roles hold.
    pub holdings: Vec<Holding>,
    /// The environments that keep this identity out, whatever its roles and grants are. Empty for
    /// people; see [`crate::policy::Protection::no_machines`].
    pub walled_off: Vec<Environment>,
    /// The version of the policy rows that were read. Increases with every change to them.
    pub policy: i64,
    /// The time of the request. Decisions compare other times with it.
    pub now: Timestamp,
}

/// A policy question that still needs its scope: `who.holds("secret.read").within(…)`.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Holds<'a> {
    principal: &'a Principal,
    permission: &'a str,
}

impl Principal {
    /// Starts a question about `permission`. The returned value's methods name the scope and decide.
    pub const fn holds<'a>(&'a self, permission: &'a str) -> Holds<'a> {
        Holds { principal: self, permission }
    }

    /// Returns the holdings that name `permission` with their scopes, for the record of a decision.
    #[must_use]
    pub fn rows_for(&self, permission: &str) -> String {
        let rows = self.holdings.iter().filter(|holding| *holding.permission == *permission);
        // A role may come from several groups.
        let rows: BTreeSet<_> = rows.map(Holding::to_string).collect();
        rows.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Refuses if `environment` keeps this identity out. The guard asks this for every action about
    /// something in an environment, and [`Holds`] for every permission there.
    pub fn enters(&self, environment: &Environment) -> Decision {
        Decision::when(!self.walled_off.contains(environment), Grounds::NONE, Reason::NoMachines)
    }

    /// Allows: every principal is signed in.
    pub const fn signed_in(&self) -> Decision {
        Decision::allowed(Grounds::SESSION)
    }

    /// Refuses if `name` is this principal's own sign-in name, or that of a service account which
    /// they own, because nobody may relax a control on themselves.
    pub fn is_not(&self, name: &str) -> Decision {
        let is_own = *self.name == *name || self.machines.iter().any(|machine| **machine == *name);
        Decision::when(!is_own, Grounds::default(), Reason::SamePerson)
    }

    /// Allows if the authentication is at most [`Assurance::FRESH`] old. One dated in the future is
    /// accepted within [`TimeSpan::CLOCK_SKEW`].
    pub fn freshly_authenticated(&self) -> Decision {
        let age = self.now.since(self.assurance.at);
        let fresh = TimeSpan(-TimeSpan::CLOCK_SKEW.0) <= age && age <= Assurance::FRESH;
        Decision::when(fresh, Grounds::FRESH, Reason::NotFresh)
    }

    /// Allows if this session was authenticated with two factors.
    pub const fn showed_two_factors(&self) -> Decision {
        Decision::when(self.assurance.method.shows_two_factors(), Grounds::TWO_FACTORS, Reason::NoSecondFactor)
    }

    /// Allows if this session was authenticated with two factors within [`Assurance::FRESH`].
    pub fn freshly_showed_two_factors(&self) -> Decision {
        self.showed_two_factors().and(self.freshly_authenticated())
    }
}

impl Holds<'_> {
    /// Allows if the permission is held in `environment`.
    pub fn within(self, environment: &Environment) -> Decision {
        self.principal.enters(environment).and(self.held_within(environment))
    }

    fn held_within(self, environment: &Environment) -> Decision {
        let mut refused = Reason::NoPermission;
        for holding in &self.principal.holdings {
            if &*holding.permission != self.permission {
                continue;
            }
            match &holding.within {
                Within::Everywhere => return Decision::allowed(Grounds::ROLE),
                Within::Only(only) if only == environment => {
                    return Decision::allowed(Grounds::ROLE);
                }
                Within::Only(_) => refused = Reason::OtherEnvironment,
            }
        }
        Decision::refused(refused)
    }

    /// Allows if the permission is held in at least one environment.
    pub fn somewhere(self) -> Decision {
        let held = self.principal.holdings.iter().any(|holding| &*holding.permission == self.permission);
        Decision::when(held, Grounds::ROLE, Reason::NoPermission)
    }

    /// Allows if the permission is held in the resource's environment, or everywhere if the
    /// resource belongs to none.
    pub fn within_its(self, environment: Option<&Environment>) -> Decision {
        environment.map_or_else(|| self.everywhere(), |environment| self.within(environment))
    }

    /// Returns all environments in which the permission is held. To hold it everywhere is worth
    /// nothing here if an environment keeps the principal out: then a role has to name the others.
    #[must_use]
    pub fn environments(self) -> Environments {
        let mut only = BTreeSet::new();
        for holding in self.principal.holdings.iter().filter(|holding| &*holding.permission == self.permission) {
            match &holding.within {
                Within::Everywhere if self.principal.walled_off.is_empty() => return Environments::Everywhere,
                Within::Only(environment) if self.principal.enters(environment).allows() => {
                    only.insert(environment.clone());
                }
                Within::Everywhere | Within::Only(_) => {}
            }
        }
        Environments::Only(only)
    }

    /// Allows if the permission is held in every environment.
    pub fn everywhere(self) -> Decision {
        let held = self
            .principal
            .holdings
            .iter()
            .any(|holding| &*holding.permission == self.permission && holding.within == Within::Everywhere);
        Decision::when(held, Grounds::ROLE, Reason::NoPermission)
    }
}

#[cfg(test)]
mod tests;
