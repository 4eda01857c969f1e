//! Begins sessions and renews their handles.

use crate::account::{notices, passkeys};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::sessions::endings::{Cause, Ending};
use crate::sessions::role_limits::{self, WhenFull};
use crate::sessions::sql::{NewAuthentication, NewSession};
use crate::sessions::{self, handles};
use crate::sign_in::handle;
use crate::sign_in::known_browsers::Strength;
use crate::{identities, ledger};
use app::sign_in::store::{SignInError, SignedIn};
use app::ui::browser;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::{AuditEntry, Outcome, Who};
use doorward::{AuthenticationId, IdentityId, Kind, Method, Principal, RevocationId, SecretText, SessionId, Timestamp};

/// An identity that has authenticated.
pub struct Shown {
    pub identity: IdentityId,
    /// Its sign-in name.
    pub name: String,
    /// The method that was used.
    pub method: Method,
    /// The hash of the password, if one was used.
    pub phc: Option<String>,
    /// The new hash at a higher cost, if it should replace the old one.
    pub rehash: Option<String>,
    /// The passkey, if one was used.
    pub passkey: Option<passkeys::sql::Used>,
}

/// The variable part of a record about a sign-in or renewal.
pub struct RecordFields<'a> {
    /// The action's name.
    pub action: &'a str,
    /// The identity, if it is known.
    pub who: Option<Who>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The reason or the grounds, as a code.
    pub code: &'a str,
    /// The same as text.
    pub words: &'a str,
}

/// The reason in the record if the role allows no further session.
pub(crate) const FULL: (&str, &str) = ("too_many_sessions", "there are as many sessions as the role allows");
const CHANGED: (&str, &str) = ("changed_meanwhile", "what was shown was changed or removed meanwhile");

/// The number of sessions of one person that may wait for their second factor. One more ends the
/// oldest of these only.
const MOST_UNFINISHED: i64 = 5;

impl SqlBackend {
    /// Returns a record for something decided before or outside the guard.
    pub(crate) fn entry(&self, asked: &Asked, fields: RecordFields<'_>) -> AuditEntry {
        AuditEntry {
            who: fields.who,
            allowed: fields.allowed,
            code: fields.code.to_owned(),
            words: fields.words.to_owned(),
            entry: asked.entry,
            address: asked.place.address.clone(),
            request: asked.request.clone(),
            outcome: Some(Outcome::of_decision(fields.allowed)),
            ..AuditEntry::new(self.ledger.new_id(asked.now, &*self.random), asked.now, fields.action)
        }
    }

    /// In one transaction, ends the session of the presented handle, begins the new one, and writes
    /// the record.
    pub(crate) async fn begin(&self, asked: &Asked, marks: &str, shown: Shown) -> Result<SignedIn, SignInError> {
        let mut source = Source::writer(&self.database).await.map_err(gone)?.with_queue(&self.ledger);
        identities::sql::lock_sessions(&mut source, shown.identity).await.map_err(gone)?;
        let mut ended = Vec::new();
        if let Some(old) = &asked.handle {
            ended.extend(self.end_presented(&mut source, asked, old).await.map_err(gone)?);
        }
        if !still_counts(&mut source, &shown, asked.now).await.map_err(gone)? {
            drop(source);
            return Err(self.refuse(asked, Some((shown.identity, &shown.name)), CHANGED).await);
        }
        let begun = self.begin_in(&mut source, asked, marks, &shown, &mut ended).await.map_err(gone)?;
        source.commit().await.map_err(gone)?;
        ended.into_iter().for_each(|id| self.live.wake(id));
        begun.ok_or(SignInError::Full)
    }

    async fn begin_in(
        &self,
        source: &mut Source,
        asked: &Asked,
        marks: &str,
        shown: &Shown,
        ended: &mut Vec<RevocationId>,
    ) -> Result<Option<SignedIn>, Unavailable> {
        let now = asked.now;
        let (secret, hash) = handle::new(&*self.random);
        let (id, authentication) = (SessionId::new(now, &*self.random), AuthenticationId::new(now, &*self.random));
        let who = Who {
            identity: shown.identity,
            name: shown.name.clone().into(),
            kind: Kind::Person,
            session: Some(id),
            authentication: Some(authentication),
            method: Some(shown.method),
            authenticated: Some(now),
        };
        let fields =
            |allowed, code, words| RecordFields { action: "session.start", who: Some(who), allowed, code, words };
        let (identity, name) = (shown.identity, shown.name.as_str());
        // A browser that drops cookies must not leave sessions behind.
        let lost = sessions::sql::never_used(source, identity, &asked.place).await?;
        ended.extend(self.end_by_rule(source, (identity, name), lost, Cause::CookieLost, asked).await?);
        let unfinished =
            !shown.method.shows_two_factors() && identities::sql::has_second_factor(source, identity).await?;
        let limits = role_limits::of(source, identity, self.sessions.lifetimes, now).await?;
        let made_room = if unfinished {
            Some(self.make_room_for_half(source, identity, name, asked).await?)
        } else {
            self.make_room(source, identity, name, limits, asked).await?
        };
        let Some(made_room) = made_room else {
            ledger::sql::append_in(source, &self.entry(asked, fields(false, FULL.0, FULL.1))).await?;
            return Ok(None);
        };
        ended.extend(made_room);
        if let Some((from, to)) = shown.phc.clone().zip(shown.rehash.clone()) {
            identities::sql::raise_password_cost(source, shown.identity, from, to).await?;
        }
        let new = NewSession { id, handle: hash, identity: shown.identity, authentication, place: asked.place.clone() };
        self.authenticated(source, asked, shown.identity, authentication, shown.method).await?;
        sessions::sql::add(source, new, limits.lifetimes, now).await?;
        identities::sql::signed_in(source, identity, now).await?;
        let browser = browser::in_words(asked.place.user_agent.as_deref().unwrap_or_default());
        notices::note_browser(source, shown.identity, &browser, now, &*self.random).await?;
        // The ledger stores codes, because text on pages may change and evidence may not.
        let code = shown.method.as_str();
        ledger::sql::append_in(source, &self.entry(asked, fields(true, code, &format!("by {code}")))).await?;
        let mark = if unfinished { None } else { self.mark(asked, marks, &shown.name, shown.method) };
        Ok(Some(SignedIn { handle: secret, mark }))
    }

    /// Returns the cookie that makes this a known browser, so that the tries of strangers do not
    /// count against it.
    pub(crate) fn mark(&self, asked: &Asked, marks: &str, name: &str, method: Method) -> Option<SecretText> {
        let strength = if method.shows_two_factors() { Strength::TwoFactors } else { Strength::OneFactor };
        self.known_browsers().marked(marks, name, strength, asked.now, &*self.random)
    }

    /// Ends the oldest sessions until one more is allowed, and returns them. Returns `None` if the
    /// role refuses the sign-in instead. Unfinished sessions do not count.
    pub(crate) async fn make_room(
        &self,
        source: &mut Source,
        identity: IdentityId,
        name: &str,
        limits: role_limits::Limits,
        asked: &Asked,
    ) -> Result<Option<Vec<RevocationId>>, Unavailable> {
        let mut counting = role_limits::counting(source, identity, asked.now).await?;
        let surplus = surplus(counting.len(), limits.most);
        if surplus > 0 && limits.when_full == WhenFull::Refuse {
            return Ok(None);
        }
        counting.truncate(surplus);
        self.end_by_rule(source, (identity, name), counting, Cause::TooMany, asked).await.map(Some)
    }

    /// A sign-in that still needs its second factor displaces only other sign-ins of that kind.
    async fn make_room_for_half(
        &self,
        source: &mut Source,
        identity: IdentityId,
        name: &str,
        asked: &Asked,
    ) -> Result<Vec<RevocationId>, Unavailable> {
        let mut unfinished = role_limits::unfinished(source, identity, asked.now).await?;
        unfinished.truncate(surplus(unfinished.len(), MOST_UNFINISHED));
        self.end_by_rule(source, (identity, name), unfinished, Cause::TooManyUnfinished, asked).await
    }

    async fn end_by_rule(
        &self,
        source: &mut Source,
        owner: (IdentityId, &str),
        sessions: Vec<SessionId>,
        cause: Cause,
        asked: &Asked,
    ) -> Result<Vec<RevocationId>, Unavailable> {
        let mut ended = Vec::new();
        for session in sessions {
            let owner = Who {
                identity: owner.0,
                name: owner.1.into(),
                kind: Kind::Person,
                session: Some(session),
                authentication: None,
                method: None,
                authenticated: None,
            };
            let fields = RecordFields { action: "session.start", who: None, allowed: true, code: "", words: "" };
            let ending = Ending { session, owner, cause };
            ended.extend(self.endings().end(source, &ending, &self.entry(asked, fields), &asked.place).await?);
        }
        Ok(ended)
    }

    pub(crate) async fn authenticated(
        &self,
        source: &mut Source,
        asked: &Asked,
        identity: IdentityId,
        id: AuthenticationId,
        method: Method,
    ) -> Result<(), Unavailable> {
        let new = NewAuthentication { id, identity, method, address: asked.place.address.clone() };
        sessions::sql::add_authentication(source, new, asked.now).await
    }

    /// Gives the session a new handle if one is due, and records that. Returns `None` if another
    /// request was first, or if the user must confirm who they are, which issues a new handle
    /// anyway.
    pub(crate) async fn renew(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, Unavailable> {
        let is_due = who.unconfirmed.is_none() && who.handle.is_due(self.sessions.renewal, asked.now);
        let Some(old) = asked.handle.as_ref().filter(|_| is_due) else { return Ok(None) };
        let (secret, hash) = handle::new(&*self.random);
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        if !handles::renew(&mut source, old, &hash, asked.now).await? {
            return Ok(None);
        }
        let words = "the handle was due to be replaced";
        let fields =
            RecordFields { action: "session.renew", who: Some(who.into()), allowed: true, code: "renewal", words };
        ledger::sql::append_in(&mut source, &self.entry(asked, fields)).await?;
        source.commit().await?;
        Ok(Some(secret))
    }
}

/// Returns whether the proof still counts. A password changed, or a passkey removed, since the
/// proof was checked begins no session.
async fn still_counts(source: &mut Source, shown: &Shown, now: Timestamp) -> Result<bool, Unavailable> {
    if let Some(phc) = &shown.phc {
        return identities::sql::has_password(source, shown.identity, phc).await;
    }
    match &shown.passkey {
        Some(used) => passkeys::sql::touch(source, used.clone(), now).await,
        None => Ok(false),
    }
}

/// Returns how many of `there` sessions must end to allow one more.
fn surplus(there: usize, limit: i64) -> usize {
    (there + 1).saturating_sub(usize::try_from(limit).unwrap_or(1).max(1))
}

pub(crate) const fn gone(_: Unavailable) -> SignInError {
    SignInError::Unavailable
}
