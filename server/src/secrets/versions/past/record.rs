//! The record of one secret's decision within the restoration of a folder.

use crate::backend::SqlBackend;
use app::secrets::store::SecretFacts;
use doorward::Principal;
use doorward::action::Action;
use doorward::guard::Asked;
use doorward::ledger::{AuditEntry, Outcome, PolicyRows, Who};
use doorward::policy::Decision;

impl SqlBackend {
    /// The record of a decision, as the guard makes one.
    pub(super) fn record_of_one<A: Action<Facts = SecretFacts>>(
        &self,
        action: &A,
        decision: Decision,
        facts: &SecretFacts,
        (who, asked): (&Principal, &Asked),
    ) -> AuditEntry {
        let resource = action.resource();
        let (code, words) = match decision.outcome() {
            Ok(grounds) => (grounds.code(), grounds.words()),
            Err(reason) => (reason.code().to_owned(), reason.words().to_owned()),
        };
        let rows = A::PERMISSION.map(|permission| who.rows_for(permission)).unwrap_or_default();
        AuditEntry {
            who: Some(Who::from(who)),
            resource: resource.name,
            parameters: resource.parameters,
            allowed: decision.allows(),
            code,
            words,
            entry: asked.entry,
            address: asked.place.address.clone(),
            request: asked.request.clone(),
            policy: Some(PolicyRows { version: who.policy, rows }),
            outcome: Some(Outcome::of_decision(decision.allows())),
            environment: Some(facts.environment.clone()),
            resource_name: Some(facts.name.clone()),
            ..AuditEntry::new(self.ledger.new_id(asked.now, &*self.random), asked.now, A::NAME)
        }
    }
}
