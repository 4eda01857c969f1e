//! Ends of sessions by a rule instead of by a person. Each such end is recorded, opens an incident
//! if the cause calls for one, and is announced to open tabs, all in one transaction. Ends by
//! people are in `revocations`.

use crate::access::incidents;
use crate::db::transaction::Source;
use crate::ledger;
use crate::ledger::sql::Ledger;
use crate::sessions::{self, revocations};
use app::access::store::IncidentKind;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome, Who};
use doorward::session::Ended;
use doorward::{ClientOrigin, Randomness, RevocationId, SessionId, Timestamp};
use std::sync::Arc;

/// The action name in these records.
const ACTION: &str = "session.ended";

/// Why a rule ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The session reached its idle limit.
    Idle,
    /// It reached its absolute limit.
    Expired,
    /// A handle that had been replaced was used again.
    Replayed,
    /// A sign-in exceeded the number of sessions.
    TooMany,
    /// A sign-in that still waits for its second factor exceeded the number of such sessions.
    TooManyUnfinished,
    /// The user signed in again in the same browser.
    SignedInAnew,
    /// The user signed in again in a browser that did not keep the cookie.
    CookieLost,
    /// A canary was disclosed. The record does not say so, because its owner may read it.
    Canary,
    /// The credential that the session came from was revoked.
    CredentialRevoked,
}

impl Cause {
    /// The value of the column `ended_because`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => sessions::sql::IDLE,
            Self::Expired => sessions::sql::EXPIRED,
            Self::Replayed => sessions::sql::REPLAYED,
            Self::TooMany => "too many sessions",
            Self::TooManyUnfinished => "too many unfinished sign-ins",
            Self::SignedInAnew => "replaced at sign-in",
            Self::CookieLost => "its cookie never came back",
            Self::Canary => "canary",
            Self::CredentialRevoked => "credential revoked",
        }
    }

    /// The code in the record.
    const fn code(self) -> &'static str {
        match self {
            Self::Idle => "ended_idle",
            Self::Expired => "ended_at_limit",
            Self::Replayed => "ended_by_replay",
            Self::TooMany => "ended_as_surplus",
            Self::TooManyUnfinished => "ended_unfinished",
            Self::SignedInAnew => "ended_by_sign_in",
            Self::CookieLost => "ended_unused",
            Self::Canary => "ended_by_rule",
            Self::CredentialRevoked => "ended_with_credential",
        }
    }

    /// The text in the record.
    const fn words(self) -> &'static str {
        match self {
            Self::Idle => "the session was idle for too long",
            Self::Expired => "the session reached its limit",
            Self::Replayed => "a handle came back that had been replaced",
            Self::TooMany => "a sign-in made one session more than the role allows",
            Self::TooManyUnfinished => "too many sign-ins waited for their second factor",
            Self::SignedInAnew => "somebody signed in anew in the same browser",
            Self::Canary => "a rule ended the session",
            Self::CredentialRevoked => "the credential that it came from was revoked",
            Self::CookieLost => "the browser did not keep the session's cookie",
        }
    }
}

impl From<Ended> for Cause {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Idle => Self::Idle,
            Ended::Expired | Ended::Revoked => Self::Expired,
            Ended::Replayed => Self::Replayed,
        }
    }
}

/// A session to be ended by a rule.
#[derive(Clone, Debug)]
pub struct Ending {
    pub session: SessionId,
    /// The identity that it belongs to.
    pub owner: Who,
    pub cause: Cause,
}

/// Ends sessions by rule.
#[derive(Clone)]
pub struct Endings {
    ledger: Ledger,
    random: Arc<dyn Randomness>,
}

impl Endings {
    /// Creates this with what records need.
    #[must_use]
    pub fn new(ledger: &Ledger, random: &Arc<dyn Randomness>) -> Self {
        Self { ledger: ledger.clone(), random: Arc::clone(random) }
    }

    /// Ends a session in the open transaction `source`. `request` is the record of the request that
    /// caused it, and `place` is where that request came from. Returns `None` if the session had
    /// already ended. Otherwise returns the revocation; wake tabs with it after the commit,
    /// although they hear of it within a second anyway.
    pub async fn end(
        &self,
        source: &mut Source,
        ending: &Ending,
        request: &AuditEntry,
        place: &ClientOrigin,
    ) -> Result<Option<RevocationId>, Unavailable> {
        let (session, now) = (ending.session, request.at);
        if !sessions::sql::end(source, session, ending.cause.as_str(), now).await? {
            return Ok(None);
        }
        ledger::sql::append_in(source, &self.record(ending, request)).await?;
        if ending.cause == Cause::Replayed {
            let incident = IncidentKind::Replay;
            incidents::open(source, incident, &ending.owner, session, place, now, &*self.random).await?;
        }
        if ending.cause == Cause::Canary {
            let name = request.resource_name.as_deref().unwrap_or(&request.resource);
            let environment = request.environment.as_ref().map(|within| format!(" ({within})")).unwrap_or_default();
            let canary = format!("{name}{environment}");
            incidents::open_canary(source, (&ending.owner, session), &canary, place, now, &*self.random).await?;
        }
        revocations::note_rule(source, session, now, &*self.random).await.map(Some)
    }

    /// Opens an incident about a session that stays live, because newer handles were offered
    /// several times and never used. Opens at most one per session.
    pub async fn suspect(
        &self,
        source: &mut Source,
        owner: &Who,
        request: &AuditEntry,
        place: &ClientOrigin,
    ) -> Result<(), Unavailable> {
        let Some(session) = owner.session else { return Ok(()) };
        let kind = IncidentKind::RenewalsIgnored;
        if incidents::is_known(source, kind, session).await? {
            return Ok(());
        }
        incidents::open(source, kind, owner, session, place, request.at, &*self.random).await
    }

    fn record(&self, ending: &Ending, request: &AuditEntry) -> AuditEntry {
        AuditEntry {
            who: Some(ending.owner.clone()),
            resource: format!("session:{}", ending.session),
            allowed: true,
            code: ending.cause.code().to_owned(),
            words: ending.cause.words().to_owned(),
            entry: request.entry,
            address: request.address.clone(),
            request: request.request.clone(),
            outcome: Some(Outcome::Done),
            ..self.by_the_server(request.at)
        }
    }

    /// Returns the entry that stands for the request if the server acts by itself.
    #[must_use]
    pub fn by_the_server(&self, now: Timestamp) -> AuditEntry {
        AuditEntry {
            allowed: true,
            outcome: Some(Outcome::Done),
            ..AuditEntry::new(self.ledger.new_id(now, &*self.random), now, ACTION)
        }
    }
}
