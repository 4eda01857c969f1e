//! Actions: a policy question as a type, with the facts that decide it and whether it changes
//! anything.

use crate::policy::{Decision, Protection};
use crate::{Environment, Grounds, Principal};
use std::fmt;

/// Something a principal may ask to do, declared next to the page that asks. The fields of the
/// implementing type are the action's parameters.
pub trait Action: Send + Sync + 'static {
    /// The name used in policy rows and ledger records, for example `secret.reveal`.
    const NAME: &'static str;
    /// The permission that the policy looks up, or `None` if being signed in is enough.
    const PERMISSION: Option<&'static str> = Some(Self::NAME);
    /// The assurance (how strong and how recent an authentication) that the guard requires once the
    /// policy has allowed the action.
    const ASSURANCE: Needed = Needed::Session;
    /// Whether it hands out the protected value. Disclosing a canary ends the session; see
    /// [`Facts::is_canary`].
    const DISCLOSES: bool = false;
    /// The facts that the policy reads, or `()` if it needs none.
    type Facts: Facts;
    /// [`Read`] or [`Write`].
    type Effect: Effect;

    /// Returns the key under which the store finds the facts.
    fn about(&self) -> <Self::Facts as Facts>::Key;

    /// Returns the resource and the normalized parameters for the ledger record.
    fn resource(&self) -> Resource {
        Resource::none()
    }

    /// Returns whether it needs a stated reason where [`crate::policy::Protection::reason`] holds,
    /// and has none that is long enough.
    fn lacks_reason(&self) -> bool {
        false
    }

    /// Decides. Must be a pure function of the principal and the facts.
    fn decide(&self, who: &Principal, about: &Self::Facts) -> Decision;
}

/// The data that a policy decides on, loaded by the guard before [`Action::decide`] runs.
pub trait Facts: Send + Sync + 'static {
    /// The lookup key, usually the resource's id.
    type Key: Send + Sync + 'static;

    /// Returns the rules that hold for the resource on top of roles and grants.
    /// [`Needed::FreshWhereProtected`] and [`Needed::FreshTwoFactorsWhereProtected`] depend on them.
    fn protection(&self) -> Protection {
        Protection::NONE
    }

    /// Returns whether the resource is a canary: nobody needs it, so whoever discloses it is taken
    /// for an intruder.
    fn is_canary(&self) -> bool {
        false
    }

    /// Returns the environment that the resource belongs to. The ledger records it, so that access
    /// to records can be limited by environment.
    fn environment(&self) -> Option<&Environment> {
        None
    }

    /// Returns the resource's current display name, for the ledger record.
    fn name(&self) -> Option<&str> {
        None
    }
}

impl Facts for () {
    type Key = ();
}

/// The assurance an action requires: how strong, and how recent, the authentication must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Any live session, including one that must be confirmed first. Only confirming and ending the
    /// session need this little.
    Unconfirmed,
    /// A live session with no confirmation outstanding: its network and browser are the confirmed
    /// ones, and it has shown the second factor if its identity has one.
    Session,
    /// Two factors, shown within [`crate::Assurance::FRESH`].
    FreshTwoFactors,
    /// Like [`Needed::FreshTwoFactors`] if the facts ask for a fresh authentication; otherwise like
    /// [`Needed::Session`].
    FreshTwoFactorsWhereProtected,
    /// An authentication within [`crate::Assurance::FRESH`].
    Fresh,
    /// What the facts ask for: a fresh authentication, a second factor, both, or neither.
    FreshWhereProtected,
}

impl Needed {
    /// Returns a short description for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unconfirmed => "signed in, unconfirmed",
            Self::Session => "signed in",
            Self::FreshTwoFactors => "fresh, by two factors",
            Self::FreshTwoFactorsWhereProtected => "fresh, by two factors, where protected",
            Self::Fresh => "fresh",
            Self::FreshWhereProtected => "fresh where protected",
        }
    }

    /// Decides whether `who` meets this requirement for a resource with these rules.
    pub fn shown_by(self, who: &Principal, rules: Protection) -> Decision {
        let nothing = Decision::allowed(Grounds::NONE);
        let where_asked = |asked: bool, shown: Decision| if asked { shown } else { nothing };
        match self {
            Self::Fresh => who.freshly_authenticated(),
            Self::FreshWhereProtected => where_asked(rules.second_factor, who.showed_two_factors())
                .and(where_asked(rules.fresh, who.freshly_authenticated())),
            Self::FreshTwoFactors => who.freshly_showed_two_factors(),
            Self::FreshTwoFactorsWhereProtected => where_asked(rules.fresh, who.freshly_showed_two_factors()),
            Self::Unconfirmed | Self::Session => nothing,
        }
    }
}

/// Marker for whether an action reads or writes; see [`Read`] and [`Write`].
pub trait Effect: Send + Sync + 'static {
    /// Whether the decision, its record and the effect share one transaction.
    const CHANGES: bool;
}

/// The action only reads. Its ledger record is durable before the permit exists.
#[derive(Debug)]
pub enum Read {}

/// The action changes something. Decision, record and effect are one transaction, which the permit
/// carries.
#[derive(Debug)]
pub enum Write {}

impl Effect for Read {
    const CHANGES: bool = false;
}

impl Effect for Write {
    const CHANGES: bool = true;
}

/// What an action is about, as the ledger records it. Never contains a secret value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// The resource, for example `secret:01jd…`. Empty if the action concerns no particular
    /// resource.
    pub name: String,
    /// The parameters in the order in which they were added, for example `environment=dev&page=2`.
    /// Values are percent-encoded.
    pub parameters: String,
}

impl Resource {
    /// Returns a resource without name and parameters.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns the resource named `kind:id`.
    #[must_use]
    pub fn of(kind: &str, id: impl fmt::Display) -> Self {
        Self { name: format!("{kind}:{id}"), parameters: String::new() }
    }

    /// Adds a parameter. Every byte of `value` except letters, digits and `-_.:/` is
    /// percent-encoded, so that a value cannot imitate another parameter.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl AsRef<str>) -> Self {
        if !self.parameters.is_empty() {
            self.parameters.push('&');
        }
        self.parameters.push_str(key);
        self.parameters.push('=');
        for byte in value.as_ref().bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte) {
                self.parameters.push(byte as char);
            } else {
                self.parameters.push_str(&format!("%{byte:02X}"));
            }
        }
        self
    }
}

/// Declares actions that are about one thing each: the type, its key and further parameters, the name,
/// the effect, and the decision as a function of the principal, the facts and the action.
///
/// ```
/// # use doorward::{Principal, Reason, Grounds, action::{Action, Facts, Needed}, policy::Decision, questions};
/// pub struct BoxFacts { open: bool }
///
/// impl Facts for BoxFacts {
///     type Key = u8;
/// }
///
/// questions! {
///     /// Looks into a box.
///     LookInto { id: u8 } = "box.look", Read,
///         |_, facts: &BoxFacts| Decision::when(facts.open, Grounds::GRANT, Reason::NotGranted);
///     /// Puts something into a box. Each parameter says how the record shows it.
///     Fill { id: u8, what: String = String::clone } = "box.fill", Write, permission Some("box.edit"), needs Fresh,
///         |who, facts: &BoxFacts, fill| {
///             let fits = Decision::when(facts.open && fill.what.len() < 9, Grounds::NONE, Reason::NotGranted);
///             who.holds("box.edit").everywhere().and(fits)
///         };
/// }
///
/// assert_eq!(LookInto { id: 7 }.resource().name, "box:7");
/// assert_eq!(Fill { id: 7, what: "tea".to_owned() }.resource().parameters, "what=tea");
/// assert_eq!((Fill::PERMISSION, Fill::ASSURANCE), (Some("box.edit"), Needed::Fresh));
/// ```
#[macro_export]
macro_rules! questions {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            $key:ident: $kind:ty
            $(, $(#[$field_doc:meta])* $field:ident: $type:ty = $shown:expr)* $(,)?
        } = $text:literal, $effect:ident $(, permission $permission:expr)? $(, needs $needed:ident)?,
            |$who:tt, $about:tt: &$facts:ty $(, $action:ident)?| $decision:expr;
    )*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub $key: $kind,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $crate::action::Action for $name {
            const NAME: &'static str = $text;
            $(const PERMISSION: Option<&'static str> = $permission;)?
            $(const ASSURANCE: $crate::action::Needed = $crate::action::Needed::$needed;)?
            type Facts = $facts;
            type Effect = $crate::action::$effect;

            fn about(&self) -> $kind {
                self.$key.clone()
            }

            fn resource(&self) -> $crate::action::Resource {
                let kind = $text.split('.').next().unwrap_or_default();
                $crate::action::Resource::of(kind, &self.$key)$(.with(stringify!($field), $shown(&self.$field)))*
            }

            fn decide(&self, $who: &$crate::Principal, $about: &$facts) -> $crate::policy::Decision {
                $(let $action = self;)?
                $decision
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_cannot_forge_another_or_break_a_line() {
        let resource = Resource::none().with("name", "a&page=9\n\u{202e}").with("page", "1");
        assert_eq!(resource.parameters, "name=a%26page%3D9%0A%E2%80%AE&page=1");
    }
}
