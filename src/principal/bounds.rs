//! What narrows a session: the bounds that were asked for when it began.

use super::Holding;
use crate::{Environments, Within};
use std::collections::BTreeSet;

/// The bounds of a session. They only take away: what a session may do is the intersection of its
/// bounds with what its identity holds at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The permissions that may be used, or `None` for all that the identity holds.
    pub permissions: Option<BTreeSet<Box<str>>>,
    /// The environments in which they may be used.
    pub environments: Environments,
}

impl Bounds {
    /// No bounds: the session may do what its identity may do.
    pub const NONE: Self = Self { permissions: None, environments: Environments::Everywhere };

    /// Returns the part of `holdings` that lies within these bounds.
    #[must_use]
    pub fn narrow(&self, holdings: Vec<Holding>) -> Vec<Holding> {
        if *self == Self::NONE {
            return holdings;
        }
        holdings.into_iter().flat_map(|holding| self.part_of(holding)).collect()
    }

    fn part_of(&self, holding: Holding) -> Vec<Holding> {
        if self.permissions.as_ref().is_some_and(|only| !only.contains(&holding.permission)) {
            return Vec::new();
        }
        let held = match &holding.within {
            Within::Everywhere => Environments::Everywhere,
            Within::Only(environment) => Environments::Only(BTreeSet::from([environment.clone()])),
        };
        match held.and(self.environments.clone()) {
            Environments::Everywhere => vec![holding],
            Environments::Only(environments) => {
                let within = |environment| Holding { within: Within::Only(environment), ..holding.clone() };
                environments.into_iter().map(within).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Environment;
    use proptest::prelude::*;

    fn environment(name: &str) -> Environment {
        Environment::parse(name).unwrap()
    }

    fn holding(permission: &str, within: &str) -> Holding {
        Holding { role: "r".into(), permission: permission.into(), within: Within::parse(within).unwrap() }
    }

    fn bounds(permissions: Option<&[&str]>, environments: Option<&[&str]>) -> Bounds {
        Bounds {
            permissions: permissions.map(|names| names.iter().map(|name| (*name).into()).collect()),
            environments: environments.map_or(Environments::Everywhere, |names| {
                Environments::Only(names.iter().map(|name| environment(name)).collect())
            }),
        }
    }

    #[test]
    fn bounds_are_an_intersection() {
        let held = vec![holding("read", "*"), holding("write", "dev")];
        assert_eq!(Bounds::NONE.narrow(held.clone()), held);
        assert_eq!(bounds(Some(&["read"]), None).narrow(held.clone()), vec![holding("read", "*")]);
        let in_dev = vec![holding("read", "dev"), holding("write", "dev")];
        assert_eq!(bounds(None, Some(&["dev"])).narrow(held.clone()), in_dev);
        assert_eq!(bounds(None, Some(&["prod"])).narrow(held.clone()), vec![holding("read", "prod")]);
        assert!(bounds(Some(&["delete"]), None).narrow(held.clone()).is_empty(), "bounds give nothing");
        assert!(bounds(None, Some(&[])).narrow(held).is_empty());
    }

    fn some_names(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
        proptest::collection::vec(proptest::sample::select(names), 0..4)
    }

    proptest! {
        /// G26: whatever the bounds are, nothing is held that was not held without them.
        #[test]
        fn bounds_only_narrow(
            held in proptest::collection::vec((some_names(&["a", "b"]), some_names(&["*", "dev", "prod"])), 0..4),
            permissions in proptest::option::of(some_names(&["a", "b", "c"])),
            environments in proptest::option::of(some_names(&["dev", "prod", "test"])),
        ) {
            let held: Vec<_> = held
                .iter()
                .flat_map(|(names, withins)| names.iter().zip(withins).map(|(name, within)| holding(name, within)))
                .collect();
            for narrowed in bounds(permissions.as_deref(), environments.as_deref()).narrow(held.clone()) {
                let covers = |wider: &Holding| {
                    wider.permission == narrowed.permission
                        && (wider.within == Within::Everywhere || wider.within == narrowed.within)
                };
                prop_assert!(held.iter().any(covers));
                prop_assert!(permissions.as_ref().is_none_or(|only| only.contains(&&*narrowed.permission)));
                let outside = match &narrowed.within {
                    Within::Everywhere => environments.is_some(),
                    Within::Only(name) => environments.as_ref().is_some_and(|only| !only.contains(&name.as_str())),
                };
                prop_assert!(!outside);
            }
        }
    }
}
