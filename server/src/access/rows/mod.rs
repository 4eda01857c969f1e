//! The rows that policy reads, all at once: for questions about everybody, such as who would gain by a change. Each
//! answer is the decision of the policy itself, asked as if each account asked now.

mod load;
mod past;

use crate::identities::held::{self, HeldRoles};
use app::secrets::store::SecretFacts;
use doorward::{Environment, Holding, IdentityId, Kind, Principal, SecretId, Within};
use std::collections::{BTreeSet, HashMap, HashSet};

/// An account that is not disabled.
#[derive(Clone, Debug)]
pub struct Account {
    pub identity: IdentityId,
    pub name: String,
    pub display_name: String,
    pub kind: Kind,
}

/// A permission that a role holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRow {
    pub role: String,
    pub permission: String,
    /// An environment's name, or `*`.
    pub environment: String,
}

/// A role that an account has.
#[derive(Clone, Debug)]
pub struct GivenRow {
    pub role: String,
    /// An environment's name, or `*`.
    pub environment: String,
    /// The name of the group by which it has the role.
    pub by_group: Option<String>,
}

/// Every row that policy reads.
#[derive(Clone, Debug, Default)]
pub struct PolicyRows {
    pub accounts: Vec<Account>,
    pub given: HashMap<IdentityId, Vec<GivenRow>>,
    pub permissions: Vec<PermissionRow>,
    pub environments: Vec<Environment>,
    /// The environments that keep machines out.
    pub walls: Vec<Environment>,
    /// What is known of each secret, whoever asks: `granted` is false in each.
    pub secrets: Vec<(SecretId, SecretFacts)>,
    pub grants: HashMap<IdentityId, HashSet<SecretId>>,
}

impl PolicyRows {
    /// Replaces what a role holds.
    #[must_use]
    pub fn with_role(mut self, role: &str, rows: &[(String, String)]) -> Self {
        self.permissions.retain(|row| row.role != role);
        let held = rows.iter().map(|(permission, environment)| PermissionRow {
            role: role.to_owned(),
            permission: permission.clone(),
            environment: environment.clone(),
        });
        self.permissions.extend(held);
        self
    }

    /// Returns what an account's roles hold, as [`crate::identities::held`] does for one session.
    #[must_use]
    pub fn held(&self, identity: IdentityId) -> HeldRoles {
        let mut held = HeldRoles::default();
        for given in self.given.get(&identity).into_iter().flatten() {
            for row in self.permissions.iter().filter(|row| row.role == given.role) {
                let environment = match (given.environment.as_str(), row.environment.as_str()) {
                    ("*", environment) => environment,
                    (given, held) if held == "*" || held == given => given,
                    _ => continue,
                };
                held.add(&row.role, &row.permission, environment);
            }
        }
        held
    }

    /// Returns an account as a principal that asks when `asker` does.
    #[must_use]
    pub fn principal(&self, account: &Account, asker: &Principal) -> Principal {
        let held = self.held(account.identity);
        Principal {
            identity: account.identity,
            name: account.name.as_str().into(),
            display_name: account.display_name.as_str().into(),
            kind: account.kind,
            roles: held.roles,
            holdings: held.holdings,
            walled_off: held::walled_off(account.kind, &self.walls),
            ..asker.clone()
        }
    }

    /// Returns the facts about a secret as they concern an account.
    #[must_use]
    pub fn facts(&self, identity: IdentityId, secret: SecretId, facts: &SecretFacts) -> SecretFacts {
        let granted = self.grants.get(&identity).is_some_and(|granted| granted.contains(&secret));
        SecretFacts { granted, ..facts.clone() }
    }
}

/// Returns each permission with each environment in which it is held; `*` is one of them.
#[must_use]
pub fn reach(holdings: &[Holding], environments: &[Environment]) -> BTreeSet<(String, String)> {
    let mut reach = BTreeSet::new();
    for holding in holdings {
        let permission = holding.permission.to_string();
        match &holding.within {
            Within::Only(environment) => {
                reach.insert((permission, environment.to_string()));
            }
            Within::Everywhere => {
                reach.extend(environments.iter().map(|environment| (permission.clone(), environment.to_string())));
                reach.insert((permission, "*".to_owned()));
            }
        }
    }
    reach
}
