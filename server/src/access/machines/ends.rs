//! The end of what service accounts have: each end takes effect in the transaction of what caused it.

use crate::access::machines::{credentials, owned};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::ledger;
use crate::sessions::endings::{Cause, Ending};
use crate::sessions::revocations::{self, By};
use app::sessions::scope::Scope;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome, Who};
use doorward::{ClientOrigin, CredentialId, IdentityId, Kind, RevocationId, SessionId, Timestamp};

/// The action in the record of a service account whose owner was disabled.
const FROZEN: &str = "machine.freeze";

fn owner_of(machine: IdentityId, name: &str, session: SessionId) -> Who {
    Who {
        identity: machine,
        name: name.into(),
        kind: Kind::ServiceAccount,
        session: Some(session),
        authentication: None,
        method: None,
        authenticated: None,
    }
}

impl SqlBackend {
    /// Ends the sessions that came from a credential, each with its record.
    pub(super) async fn end_sessions_of(
        &self,
        source: &mut Source,
        (machine, name): (IdentityId, &str),
        credential: CredentialId,
        now: Timestamp,
    ) -> Result<Vec<RevocationId>, Unavailable> {
        let endings = self.endings();
        let mut ended = Vec::new();
        for session in credentials::sessions_of(source, credential, now).await? {
            let owner = owner_of(machine, name, session);
            let ending = Ending { session, owner, cause: Cause::CredentialRevoked };
            let request = endings.by_the_server(now);
            ended.extend(endings.end(source, &ending, &request, &ClientOrigin::default()).await?);
        }
        Ok(ended)
    }

    /// Ends the sessions of every service account that `owner` owns, because the owner was disabled,
    /// and records it for each. Their credentials do not count until somebody takes them over.
    pub(crate) async fn freeze_machines_of(
        &self,
        source: &mut Source,
        owner: IdentityId,
        by: &By,
        now: Timestamp,
    ) -> Result<Vec<RevocationId>, Unavailable> {
        let mut ended = Vec::new();
        for (machine, name) in owned::of(source, owner).await? {
            let revocation = RevocationId::new(now, &*self.random);
            revocations::end(source, revocation, &Scope::Identity(name.clone()), by, now).await?;
            let record = AuditEntry {
                resource: format!("machine:{machine}"),
                resource_name: Some(name),
                parameters: format!("owner={owner}"),
                allowed: true,
                code: "owner_disabled".to_owned(),
                words: "its owner was disabled".to_owned(),
                outcome: Some(Outcome::Done),
                ..AuditEntry::new(self.ledger.new_id(now, &*self.random), now, FROZEN)
            };
            ledger::sql::append_in(source, &record).await?;
            ended.push(revocation);
        }
        Ok(ended)
    }
}
