//! What may be asked: an action names itself, the facts that decide it, and whether it changes anything.

use crate::policy::Decision;
use crate::{Environment, Grounds, Principal};
use std::fmt;

/// Something a principal may ask to do. It is declared beside the page that asks.
pub trait Action: Send + Sync + 'static {
    /// Its name in policy and records, for example `secret.reveal`.
    const NAME: &'static str;
    /// The permission that its policy asks for; nothing where being signed in is enough.
    const PERMISSION: Option<&'static str> = Some(Self::NAME);
    /// The assurance that the guard asks for, once the policy allows.
    const ASSURANCE: Needed = Needed::Session;
    /// The facts that its policy reads; `()` where there are none.
    type Facts: Facts;
    /// [`Read`] or [`Write`].
    type Effect: Effect;

    /// Which record the facts are about.
    fn about(&self) -> <Self::Facts as Facts>::Key;

    /// What stands in the record: the resource, and the parameters in their normal form.
    fn resource(&self) -> Resource {
        Resource::none()
    }

    /// The policy: a pure function of who asks and what it is about.
    fn decide(&self, who: &Principal, about: &Self::Facts) -> Decision;
}

/// Facts have a key by which a store finds them.
pub trait Facts: Send + Sync + 'static {
    /// The key.
    type Key: Send + Sync + 'static;

    /// Whether what they are about is protected, for [`Needed::FreshWhereProtected`].
    fn protected(&self) -> bool {
        false
    }

    /// The environment that what they are about belongs to, for the record and for whoever reads those of one environment.
    fn environment(&self) -> Option<&Environment> {
        None
    }

    /// The name that people know it by, as it is now, for the record.
    fn name(&self) -> Option<&str> {
        None
    }
}

impl Facts for () {
    type Key = ();
}

/// How surely, and how lately, a principal must have shown who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// A session that counts, also one that has to be confirmed first: what confirming it, or leaving it, takes.
    Unconfirmed,
    /// A session that counts, from where it was confirmed, with the second factor where its identity has one.
    Session,
    /// Two factors, within [`crate::Assurance::FRESH`].
    FreshTwoFactors,
    /// The same, if the facts say that what it is about is protected.
    FreshTwoFactorsWhereProtected,
    /// An authentication within [`crate::Assurance::FRESH`].
    Fresh,
    /// The same, where the facts say that what it is about is protected.
    FreshWhereProtected,
}

impl Needed {
    /// In words, for people.
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

    /// Whether `who` shows it for something that is `protected` or not.
    pub fn shown_by(self, who: &Principal, protected: bool) -> Decision {
        match self {
            Self::Fresh => who.freshly_authenticated(),
            Self::FreshWhereProtected if protected => who.freshly_authenticated(),
            Self::FreshTwoFactors => who.freshly_showed_two_factors(),
            Self::FreshTwoFactorsWhereProtected if protected => who.freshly_showed_two_factors(),
            Self::Unconfirmed | Self::Session | Self::FreshWhereProtected | Self::FreshTwoFactorsWhereProtected => {
                Decision::allowed(Grounds::default())
            }
        }
    }
}

/// Whether an action only reads, or changes something.
pub trait Effect: Send + Sync + 'static {
    /// Whether decision, record and effect share one transaction.
    const CHANGES: bool;
}

/// The action reads: its record is durable before the permit exists.
#[derive(Debug)]
pub enum Read {}

/// The action changes something: decision, record and effect are one transaction, which the permit carries.
#[derive(Debug)]
pub enum Write {}

impl Effect for Read {
    const CHANGES: bool = false;
}

impl Effect for Write {
    const CHANGES: bool = true;
}

/// What a record says an action was about. It never holds a value of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// For example `secret:01jd…`; empty where the action is about nothing in particular.
    pub name: String,
    /// For example `environment=dev&page=2`: keys in order, values escaped.
    pub parameters: String,
}

impl Resource {
    /// About nothing in particular.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// About the record `kind:id`.
    #[must_use]
    pub fn of(kind: &str, id: impl fmt::Display) -> Self {
        Self { name: format!("{kind}:{id}"), parameters: String::new() }
    }

    /// With a parameter; whatever is not a plain letter or digit is escaped as in an address.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_cannot_forge_another_or_break_a_line() {
        let resource = Resource::none().with("name", "a&page=9\n\u{202e}").with("page", "1");
        assert_eq!(resource.parameters, "name=a%26page%3D9%0A%E2%80%AE&page=1");
    }
}
