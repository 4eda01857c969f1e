//! The facts for decisions about secrets.

use crate::backend::Unit;
use crate::identities::store::groups::GroupFacts;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::policy::{Decision, Protection};
use doorward::{Environment, Grounds, GroupId, IdentityId, Principal, Reason, SecretId};

/// The facts for decisions about a secret. Its value is not among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    pub name: String,
    pub environment: Environment,
    /// The rules of the environment.
    pub protection: Protection,
    pub owner: IdentityId,
    /// Whether the principal has a grant that has not ended.
    pub granted: bool,
    /// Whether it is a canary. No policy reads this.
    pub canary: bool,
    /// Whether it is out of use.
    pub archived: bool,
}

impl SecretFacts {
    /// Allows the owner.
    pub fn owned_by(&self, who: &Principal) -> Decision {
        Decision::when(self.owner == who.identity, Grounds::OWNER, Reason::NotGranted)
    }

    /// Allows if the secret is not archived.
    pub fn in_use(&self) -> Decision {
        Decision::when(!self.archived, Grounds::default(), Reason::Archived)
    }

    /// Allows a principal with a grant.
    pub const fn granted_to(&self, _: &Principal) -> Decision {
        Decision::when(self.granted, Grounds::GRANT, Reason::NotGranted)
    }
}

impl Facts for SecretFacts {
    type Key = SecretId;

    fn protection(&self) -> Protection {
        self.protection
    }

    fn is_canary(&self) -> bool {
        self.canary
    }

    fn environment(&self) -> Option<&Environment> {
        Some(&self.environment)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl LoadFacts<dyn Unit> for SecretFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a SecretId,
        who: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.secret_facts(key, who)
    }
}

/// The facts for decisions about adding something to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentFacts {
    pub environment: Environment,
    pub protection: Protection,
}

impl Facts for EnvironmentFacts {
    type Key = Environment;

    fn protection(&self) -> Protection {
        self.protection
    }

    fn environment(&self) -> Option<&Environment> {
        Some(&self.environment)
    }
}

impl LoadFacts<dyn Unit> for EnvironmentFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a Environment,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.environment_facts(key)
    }
}

/// The facts for decisions about sharing a secret with a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupShareFacts {
    pub secret: SecretFacts,
    pub group: GroupFacts,
}

impl Facts for GroupShareFacts {
    type Key = (SecretId, GroupId);

    fn protection(&self) -> Protection {
        self.secret.protection
    }

    fn environment(&self) -> Option<&Environment> {
        Some(&self.secret.environment)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.secret.name)
    }
}

impl LoadFacts<dyn Unit> for GroupShareFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        (secret, group): &'a (SecretId, GroupId),
        who: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        Box::pin(async move {
            let Some(secret) = unit.secret_facts(secret, who).await? else { return Ok(None) };
            let Some(group) = unit.group_facts(group, who).await? else { return Ok(None) };
            Ok(Some(Self { secret, group }))
        })
    }
}
