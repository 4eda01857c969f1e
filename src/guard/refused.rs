//! Refusals, as the server sees them.

use crate::action::Action;
use crate::{Environment, Principal, Reason, RecordId, Refusal};

/// Why [`permit`](super::permit) created no permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The refusal, which is already recorded.
    pub refusal: Refusal,
    /// `None` if the session was refused, or if nothing could be decided.
    pub by_policy: Option<Box<RefusedByPolicy>>,
}

impl Refused {
    /// Returns the refusal of an action. `principal` is `None` if the policy was not asked.
    pub(super) fn of<A: Action>(
        reason: Option<Reason>,
        principal: Option<Principal>,
        environment: Option<Environment>,
        record: RecordId,
    ) -> Self {
        let reason = reason.unwrap_or(Reason::NoSession);
        let permission = A::PERMISSION;
        let by_policy =
            principal.map(|principal| Box::new(RefusedByPolicy { principal, reason, permission, environment, record }));
        Self { refusal: Refusal { answer: reason.answer(), record: Some(record) }, by_policy }
    }

    /// Returns why the policy refused, or `None` if it was not asked.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.by_policy.as_ref().map(|refused| refused.reason)
    }
}

/// A refusal of the policy, as the server sees it. It grants nothing, and it is never sent: the
/// reason may tell that something hidden exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedByPolicy {
    /// The principal of the live session.
    pub principal: Principal,
    /// Why the policy refused.
    pub reason: Reason,
    /// The permission that the action looks up, if it needs one.
    pub permission: Option<&'static str>,
    /// The environment of the resource, or `None` if it belongs to none or was not looked up.
    pub environment: Option<Environment>,
    /// The record of the refusal.
    pub record: RecordId,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, by_policy: None }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        refused.refusal
    }
}
