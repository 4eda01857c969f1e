//! How a session begins, and gets a new handle.

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

/// An identity that has shown who it is.
pub struct Shown {
    /// Who.
    pub identity: IdentityId,
    /// Its sign-in name.
    pub name: String,
    /// How.
    pub method: Method,
    /// The hash of the password that was shown, where one was.
    pub phc: Option<String>,
    /// The same at a higher cost, where that should be kept.
    pub rehash: Option<String>,
    /// The passkey that was used, where one was.
    pub passkey: Option<passkeys::sql::Used>,
}

/// What a record says of a sign-in or of a renewal.
pub struct Said<'a> {
    /// The action's name.
    pub action: &'a str,
    /// Who, as far as that is known.
    pub who: Option<Who>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The reason or the grounds, as a code.
    pub code: &'a str,
    /// The same in words.
    pub words: &'a str,
}

/// The reason in the record if the role allows no further session.
pub(crate) const FULL: (&str, &str) = ("too_many_sessions", "there are as many sessions as the role allows");
const CHANGED: (&str, &str) = ("changed_meanwhile", "what was shown was changed or removed meanwhile");

/// How many sessions of one person may wait for their second factor. One more ends the oldest of these, and no other.
const MOST_UNFINISHED: i64 = 5;

impl SqlBackend {
    /// A record of something that is decided before, or outside of, the guard.
    pub(crate) fn entry(&self, asked: &Asked, said: Said<'_>) -> AuditEntry {
        AuditEntry {
            id: self.ledger.new_id(asked.now, &*self.random),
            at: asked.now,
            who: said.who,
            action: said.action.to_owned(),
            resource: String::new(),
            parameters: String::new(),
            allowed: said.allowed,
            code: said.code.to_owned(),
            words: said.words.to_owned(),
            entry: asked.entry,
            address: asked.place.address.clone(),
            request: asked.request.clone(),
            policy: None,
            environment: None,
            outcome: Some(Outcome::of_decision(said.allowed)),
            resource_name: None,
        }
    }

    /// One transaction: the session that the request carried ends, the new one begins, the record stands.
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
        let said = |allowed, code, words| Said { action: "session.start", who: Some(who), allowed, code, words };
        let (identity, name) = (shown.identity, shown.name.as_str());
        // A browser that keeps no cookie leaves no sessions behind.
        let lost = sessions::sql::never_used(source, identity, &asked.place).await?;
        ended.extend(self.end_by_rule(source, (identity, name), lost, Cause::CookieLost, asked).await?);
        let unfinished =
            !shown.method.shows_two_factors() && identities::sql::has_second_factor(source, identity).await?;
        let limits = role_limits::of(source, identity, self.sessions.lifetimes).await?;
        let made_room = if unfinished {
            Some(self.make_room_for_half(source, identity, name, asked).await?)
        } else {
            self.make_room(source, identity, name, limits, asked).await?
        };
        let Some(made_room) = made_room else {
            ledger::sql::append_in(source, &self.entry(asked, said(false, FULL.0, FULL.1))).await?;
            return Ok(None);
        };
        ended.extend(made_room);
        if let Some((from, to)) = shown.phc.clone().zip(shown.rehash.clone()) {
            identities::sql::raise_password_cost(source, shown.identity, from, to).await?;
        }
        let new = NewSession { id, handle: hash, identity: shown.identity, authentication, place: asked.place.clone() };
        self.authenticated(source, asked, shown.identity, authentication, shown.method).await?;
        sessions::sql::add(source, new, limits.lifetimes, now).await?;
        let browser = browser::in_words(asked.place.user_agent.as_deref().unwrap_or_default());
        notices::note_browser(source, shown.identity, &browser, now, &*self.random).await?;
        // The ledger keeps codes: words on pages may change, and evidence may not.
        let code = shown.method.as_str();
        ledger::sql::append_in(source, &self.entry(asked, said(true, code, &format!("by {code}")))).await?;
        let mark = if unfinished { None } else { self.mark(asked, marks, &shown.name, shown.method) };
        Ok(Some(SignedIn { handle: secret, mark }))
    }

    /// What the browser is given so that strangers' tries do not count for it.
    pub(crate) fn mark(&self, asked: &Asked, marks: &str, name: &str, method: Method) -> Option<SecretText> {
        let strength = if method.shows_two_factors() { Strength::TwoFactors } else { Strength::OneFactor };
        self.known_browsers().marked(marks, name, strength, asked.now, &*self.random)
    }

    /// Ends the oldest sessions until one more is allowed, and says which. `None` if the role refuses one more instead. Those
    /// that wait for their second factor do not count.
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

    /// A password alone, of somebody with a second factor, takes the place of another such sign-in at most.
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
        whose: (IdentityId, &str),
        sessions: Vec<SessionId>,
        cause: Cause,
        asked: &Asked,
    ) -> Result<Vec<RevocationId>, Unavailable> {
        let mut ended = Vec::new();
        for session in sessions {
            let whose = Who {
                identity: whose.0,
                name: whose.1.into(),
                kind: Kind::Person,
                session: Some(session),
                authentication: None,
                method: None,
                authenticated: None,
            };
            let said = Said { action: "session.start", who: None, allowed: true, code: "", words: "" };
            let ending = Ending { session, whose, cause };
            ended.extend(self.endings().end(source, &ending, &self.entry(asked, said), &asked.place).await?);
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

    /// Gives the session that asks a new handle, where its own is due; recorded. Nothing where another request was first, or
    /// where the person has to confirm who they are, which gives them a new handle anyway.
    pub(crate) async fn renew(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, Unavailable> {
        let is_due = who.unconfirmed.is_none() && who.handle.is_due(self.sessions.renewal, asked.now);
        let Some(old) = asked.handle.as_ref().filter(|_| is_due) else { return Ok(None) };
        let (secret, hash) = handle::new(&*self.random);
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        if !handles::renew(&mut source, old, &hash, asked.now).await? {
            return Ok(None);
        }
        let words = "the handle was due to be replaced";
        let said = Said { action: "session.renew", who: Some(who.into()), allowed: true, code: "renewal", words };
        ledger::sql::append_in(&mut source, &self.entry(asked, said)).await?;
        source.commit().await?;
        Ok(Some(secret))
    }
}

/// Whether what was shown counts still: a password that was changed, or a passkey that was removed, since it was looked at
/// begins no session.
async fn still_counts(source: &mut Source, shown: &Shown, now: Timestamp) -> Result<bool, Unavailable> {
    if let Some(phc) = &shown.phc {
        return identities::sql::has_password(source, shown.identity, phc).await;
    }
    match &shown.passkey {
        Some(used) => passkeys::sql::touch(source, used.clone(), now).await,
        None => Ok(false),
    }
}

/// How many of `there` must go for one more.
fn surplus(there: usize, most: i64) -> usize {
    (there + 1).saturating_sub(usize::try_from(most).unwrap_or(1).max(1))
}

pub(crate) const fn gone(_: Unavailable) -> SignInError {
    SignInError::Unavailable
}
