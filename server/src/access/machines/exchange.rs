//! The exchange of a credential for a session: an opaque handle that counts for minutes.

use crate::access::machines::presented::Presented;
use crate::access::machines::{challenge, credential, presented};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::ledger;
use crate::sessions;
use crate::sessions::sql::{NewAuthentication, NewSession};
use crate::sign_in::authenticate::address_of;
use crate::sign_in::handle;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use doorward::session::Lifetimes;
use doorward::{
    AuthenticationId, Bounds, CredentialId, IdentityId, Kind, Method, RecordId, SecretText, SessionId, TimeSpan,
    Timestamp,
};

/// How long a session lasts if nothing else is asked for.
pub const USUAL_LIFETIME: TimeSpan = TimeSpan::minutes(15);
/// The longest time that may be asked for.
pub const LONGEST_LIFETIME: TimeSpan = TimeSpan::minutes(60);
/// The most live sessions of a service account.
const MOST_SESSIONS: i64 = 200;
/// How long a program with too many sessions waits, in seconds.
const WAIT_FOR_ROOM: u32 = 60;

const START: &str = "session.start";

/// A session that was begun.
pub struct Exchanged {
    pub handle: SecretText,
    pub session: SessionId,
    pub ends: Timestamp,
    pub record: RecordId,
}

/// How a machine shows that it holds a credential.
pub enum Proof {
    ClientSecret(SecretText),
    /// A challenge that was signed by the private half of a key pair.
    Signature {
        credential: CredentialId,
        challenge: String,
        signature: [u8; 64],
    },
}

/// Why no session was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// The credential does not count. Why is in the record alone.
    Wrong(RecordId),
    /// A limit was reached; again in this many seconds.
    TooMany(u32),
    Unavailable,
}

impl From<Unavailable> for ExchangeError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// The code and the text in the record of a refusal.
type Reason = (&'static str, &'static str);

const MALFORMED: Reason = ("malformed_credential", "the text is no client secret");
const UNKNOWN: Reason = ("unknown_credential", "there is no such credential");
const WRONG_SIGNATURE: Reason = ("wrong_signature", "the signature is not one of this challenge by this key");
const OLD_CHALLENGE: Reason = ("challenge_expired", "the challenge is none of the last minute");
const USED_CHALLENGE: Reason = ("challenge_used", "the challenge was answered before");
const REVOKED: Reason = ("credential_revoked", "the credential was revoked");
const EXPIRED: Reason = ("credential_expired", "the credential has expired");
const DISABLED: Reason = ("identity_frozen", "the machine is disabled");
const ORPHANED: Reason = ("owner_disabled", "the owner of the machine is disabled");
const FULL: Reason = ("too_many_sessions", "there are as many sessions as a machine may have");

/// Returns why a credential does not count.
fn fault(found: &Presented, now: Timestamp) -> Option<Reason> {
    if found.revoked {
        Some(REVOKED)
    } else if now >= found.ends {
        Some(EXPIRED)
    } else if found.disabled {
        Some(DISABLED)
    } else {
        found.orphaned.then_some(ORPHANED)
    }
}

fn who(machine: IdentityId, name: &str) -> Who {
    Who {
        identity: machine,
        name: name.into(),
        kind: Kind::ServiceAccount,
        session: None,
        authentication: None,
        method: None,
        authenticated: None,
    }
}

impl SqlBackend {
    /// Begins a session for whoever shows that they hold a credential. It is narrowed by `bounds` and
    /// lasts for `lifetime`.
    ///
    /// # Errors
    /// If a limit is reached, or if the credential does not count. Each case has its record.
    pub async fn exchange(
        &self,
        asked: &Asked,
        proof: &Proof,
        (bounds, lifetime): (Bounds, TimeSpan),
    ) -> Result<Exchanged, ExchangeError> {
        let tried = match proof {
            Proof::ClientSecret(secret) => credential::read(secret.expose()).unwrap_or_default(),
            Proof::Signature { credential, .. } => credential.to_string(),
        };
        let trying = Trying::Stranger(&tried, address_of(asked));
        if let Err(wait) = self.exchange_limits.check_and_count(trying, asked.now) {
            self.record_limit(asked, START, TriedBy::Nobody).await?;
            return Err(ExchangeError::TooMany(u32::try_from(wait.0).unwrap_or(u32::MAX)));
        }
        // Looked up by a reader first, so that what is wrong never opens a transaction.
        let found = match self.verify(asked, proof, &tried).await? {
            Ok(found) => found,
            Err(reason) => return Err(self.refuse_exchange(asked, None, reason).await),
        };
        let whom = who(found.machine, &found.name);
        if let Some(fault) = fault(&found, asked.now) {
            return Err(self.refuse_exchange(asked, Some(whom), fault).await);
        }
        let begun = self.begin_machine_session(asked, (found.credential, proof), (&bounds, lifetime)).await?;
        match begun {
            Ok(exchanged) => {
                self.exchange_limits.succeeded(trying, asked.now);
                Ok(exchanged)
            }
            Err(FULL) => {
                self.refuse_exchange(asked, Some(whom), FULL).await;
                Err(ExchangeError::TooMany(WAIT_FOR_ROOM))
            }
            Err(fault) => Err(self.refuse_exchange(asked, Some(whom), fault).await),
        }
    }

    /// Returns the credential that is held, whether it counts or not.
    async fn verify(&self, asked: &Asked, proof: &Proof, hash: &str) -> Result<Result<Presented, Reason>, Unavailable> {
        let mut reader = self.reader();
        let (credential, challenge, signature) = match proof {
            Proof::ClientSecret(_) if hash.is_empty() => return Ok(Err(MALFORMED)),
            Proof::ClientSecret(_) => return Ok(presented::of_secret(&mut reader, hash).await?.ok_or(UNKNOWN)),
            Proof::Signature { credential, challenge, signature } => (*credential, challenge, signature),
        };
        if !challenge::counts(&self.vault.challenge_keys(), challenge, asked.now) {
            return Ok(Err(OLD_CHALLENGE));
        }
        let Some(found) = presented::find(&mut reader, credential).await? else { return Ok(Err(UNKNOWN)) };
        let Some(key) = found.key else { return Ok(Err(UNKNOWN)) };
        let signed = challenge::signed_text(&self.origin, credential, challenge);
        Ok(if key.verifies(signed.as_bytes(), signature) { Ok(found) } else { Err(WRONG_SIGNATURE) })
    }

    async fn refuse_exchange(&self, asked: &Asked, who: Option<Who>, (code, words): Reason) -> ExchangeError {
        let entry = self.entry(asked, RecordFields { action: START, who, allowed: false, code, words });
        let record = entry.id;
        self.ledger.append(entry).await.map_or(ExchangeError::Unavailable, |()| ExchangeError::Wrong(record))
    }

    /// The inner error says why nothing was begun, and then nothing is kept.
    async fn begin_machine_session(
        &self,
        asked: &Asked,
        (credential, proof): (CredentialId, &Proof),
        (bounds, lifetime): (&Bounds, TimeSpan),
    ) -> Result<Result<Exchanged, Reason>, Unavailable> {
        let now = asked.now;
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        // A revocation that is under way ends first, or finds this session and ends it.
        presented::lock(&mut source, credential).await?;
        let Some(found) = presented::find(&mut source, credential).await? else { return Ok(Err(UNKNOWN)) };
        if let Some(fault) = fault(&found, now) {
            return Ok(Err(fault));
        }
        if let Proof::Signature { challenge, .. } = proof
            && !challenge::use_up(&mut source, challenge, now).await?
        {
            return Ok(Err(USED_CHALLENGE));
        }
        if presented::live_sessions(&mut source, found.machine, now).await? >= MOST_SESSIONS {
            return Ok(Err(FULL));
        }
        let (secret, handle) = handle::new(&*self.random);
        let (id, authentication) = (SessionId::new(now, &*self.random), AuthenticationId::new(now, &*self.random));
        let (method, words) = match proof {
            Proof::ClientSecret(_) => (Method::ClientSecret, "by client secret"),
            Proof::Signature { .. } => (Method::KeyPair, "by key pair"),
        };
        let new = NewAuthentication {
            id: authentication,
            identity: found.machine,
            method,
            address: asked.place.address.clone(),
        };
        sessions::sql::add_authentication(&mut source, new, now).await?;
        let place = asked.place.clone();
        let session = NewSession { id, handle, identity: found.machine, authentication, place };
        sessions::sql::add(&mut source, session, Lifetimes { idle: lifetime, absolute: lifetime }, now).await?;
        presented::bind_session(&mut source, id, credential, bounds).await?;
        presented::used(&mut source, credential, now).await?;
        // Whoever disables the machine or its owner after the session read the epoch has ended it. Before that, this
        // finds it.
        let again = presented::find(&mut source, credential).await?.ok_or(Unavailable)?;
        if let Some(fault) = fault(&again, now) {
            return Ok(Err(fault));
        }
        let who = Who {
            session: Some(id),
            authentication: Some(authentication),
            method: Some(method),
            authenticated: Some(now),
            ..who(found.machine, &found.name)
        };
        let fields = RecordFields { action: START, who: Some(who), allowed: true, code: method.as_str(), words };
        let mut entry = self.entry(asked, fields);
        entry.parameters = format!("credential={credential}");
        ledger::sql::append_in(&mut source, &entry).await?;
        source.commit().await?;
        Ok(Ok(Exchanged { handle: secret, session: id, ends: now.plus(lifetime), record: entry.id }))
    }
}
