//! Passkey ceremonies: issues challenges and checks that each is answered only once.

pub mod sql;

use crate::account::notices;
use crate::account::passkeys::{self, Ceremony, LIFETIME, PasskeyError, Passkeys, credential_id};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::sessions::handles;
use crate::sign_in::authenticate::START;
use crate::sign_in::handle;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::{RecordFields, Shown, gone};
use app::account::notices::NoticeKind;
use app::sign_in::store::{PasskeyAnswer, SignInError, SignedIn};
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use doorward::{IdentityId, Kind, Method, Principal};
use serde_json::{Value, json};
use sql::{Bound, Purpose};
use std::sync::Arc;

/// Why no challenge is issued.
#[derive(Debug, thiserror::Error)]
pub enum NoChallenge {
    #[error("there is no passkey to ask for")]
    Nothing,
    #[error("too many challenges; again in {0} s")]
    TooMany(u32),
    #[error("the store did not answer")]
    Unavailable,
}

impl From<Unavailable> for NoChallenge {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<SignInError> for NoChallenge {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::TooMany(wait) => Self::TooMany(wait),
            _ => Self::Unavailable,
        }
    }
}

impl From<PasskeyError> for NoChallenge {
    fn from(error: PasskeyError) -> Self {
        tracing::warn!(%error, "no ceremony could begin");
        Self::Nothing
    }
}

/// Returns the reason for the record if an answer does not count.
const fn reason(error: &PasskeyError) -> (&'static str, &'static str) {
    match error {
        PasskeyError::Malformed => ("passkey_malformed", "the passkey's answer cannot be read"),
        PasskeyError::Stored => ("passkey_stored", "the stored passkey cannot be read"),
        PasskeyError::Unknown => ("passkey_unknown", "the passkey is not registered here"),
        PasskeyError::NotVerified => ("passkey_not_verified", "the passkey did not verify its user"),
        PasskeyError::BackupChanged => {
            ("passkey_backup_changed", "the passkey was registered as backed up or not, and says otherwise now")
        }
        PasskeyError::Copied => ("passkey_copied", "the passkey's counter did not go up: it may have been copied"),
        PasskeyError::Refused(_) => ("passkey_refused", "the passkey's answer is wrong"),
    }
}

/// Why a passkey's answer was refused.
pub(crate) struct Refused {
    /// The reason in the record.
    pub(crate) reason: (&'static str, &'static str),
    /// Whether its backup flag changed. The owner is told about that.
    changed: bool,
}

impl Refused {
    /// Returns what the user is told once the refusal is recorded.
    pub(crate) fn told(&self, recorded: SignInError) -> SignInError {
        if self.changed && recorded == SignInError::Wrong { SignInError::PasskeyChanged } else { recorded }
    }
}

impl From<&PasskeyError> for Refused {
    fn from(error: &PasskeyError) -> Self {
        Self { reason: reason(error), changed: matches!(error, PasskeyError::BackupChanged) }
    }
}

const NO_CEREMONY: (&str, &str) = ("no_ceremony", "the ceremony was answered before, or is too old");

impl SqlBackend {
    /// Returns the passkey configuration of this origin.
    pub(crate) fn ceremonies(&self) -> Option<&Arc<Passkeys>> {
        self.passkeys.as_ref()
    }

    /// Issues a challenge for sign-in. Limited by network or known browser, because the account is
    /// not known yet.
    pub async fn challenge_to_sign_in(&self, asked: &Asked, marks: &str) -> Result<Value, NoChallenge> {
        self.may_ask(asked, marks).await?;
        let ceremony = self.ceremonies().ok_or(NoChallenge::Nothing)?.start_discoverable()?;
        self.challenge(asked, Bound { purpose: Purpose::SignIn, holder: None }, ceremony).await
    }

    /// Issues a challenge for confirming the session's user.
    pub async fn challenge_to_confirm(&self, asked: &Asked, who: &Principal) -> Result<Value, NoChallenge> {
        self.may_ask_in(asked, who).await?;
        let known = passkeys::sql::of(&mut self.reader(), who.identity).await?;
        let known: Vec<String> = known.into_iter().map(|kept| kept.passkey).collect();
        let ceremony = self.ceremonies().ok_or(NoChallenge::Nothing)?.start_authentication(&known)?;
        self.challenge(asked, bound_to(Purpose::Confirm, who), ceremony).await
    }

    /// Issues a challenge for adding a passkey.
    pub async fn challenge_to_add(&self, asked: &Asked, who: &Principal) -> Result<Value, NoChallenge> {
        self.may_ask_in(asked, who).await?;
        let known = passkeys::sql::of(&mut self.reader(), who.identity).await?;
        let known: Vec<String> = known.into_iter().map(|kept| kept.row.credential_id).collect();
        let passkeys = self.ceremonies().ok_or(NoChallenge::Nothing)?;
        let ceremony = passkeys.start_registration(who.identity, &who.name, &who.display_name, &known)?;
        self.challenge(asked, bound_to(Purpose::Add, who), ceremony).await
    }

    /// Counts a challenge for a user who is signed in.
    async fn may_ask_in(&self, asked: &Asked, who: &Principal) -> Result<(), NoChallenge> {
        let record = ("session.step_up", TriedBy::Known(who.into()));
        Ok(self.may_try(&self.limits, asked, Trying::Session(who.session), record).await?)
    }

    /// Stores the ceremony's state, and returns its challenge with an id by which the state is
    /// found.
    async fn challenge(&self, asked: &Asked, bound: Bound, ceremony: Ceremony) -> Result<Value, NoChallenge> {
        let (id, hash) = handle::new(&*self.random);
        let ends = asked.now.plus(LIFETIME);
        let mut source = Source::writer(&self.database).await?;
        sql::add(&mut source, handles::spell(&hash), bound, ceremony.state, ends).await?;
        source.commit().await?;
        let mut challenge = ceremony.challenge;
        challenge["ceremony"] = json!(id.expose());
        Ok(challenge)
    }

    /// Removes the ceremony that an answer names, before anything in the answer is checked.
    async fn take_ceremony(
        &self,
        asked: &Asked,
        bound: Bound,
        answer: &PasskeyAnswer,
    ) -> Result<Option<String>, Unavailable> {
        let Some(hash) = handle::read(&answer.ceremony) else { return Ok(None) };
        let mut source = Source::writer(&self.database).await?;
        let state = sql::take(&mut source, handles::spell(&hash), bound, asked.now).await?;
        source.commit().await?;
        Ok(state)
    }

    /// Begins a session with a passkey.
    pub(crate) async fn sign_in_by(
        &self,
        asked: &Asked,
        marks: &str,
        answer: &PasskeyAnswer,
    ) -> Result<SignedIn, SignInError> {
        self.look_for_replay(asked).await.map_err(gone)?;
        let bound = Bound { purpose: Purpose::SignIn, holder: None };
        let Some(state) = self.take_ceremony(asked, bound, answer).await.map_err(gone)? else {
            return Err(self.refuse(asked, None, NO_CEREMONY).await);
        };
        let owner = match credential_id(&answer.answer) {
            Ok(id) => passkeys::sql::owner(&mut self.reader(), id).await.map_err(gone)?,
            Err(error) => return Err(self.refuse(asked, None, reason(&error)).await),
        };
        let Some(owner) = owner else {
            return Err(self.refuse(asked, None, reason(&PasskeyError::Unknown)).await);
        };
        let whom = Some((owner.identity, owner.name.as_str()));
        if owner.frozen {
            return Err(self.refuse(asked, whom, ("identity_frozen", "the identity is frozen")).await);
        }
        match self.checked(&owner, &answer.answer, &state) {
            Ok(used) => {
                let (identity, method) = (owner.identity, Method::Passkey);
                let shown = Shown { identity, name: owner.name, method, phc: None, rehash: None, passkey: Some(used) };
                self.begin(asked, marks, shown).await
            }
            Err(error) => {
                self.tell_of_copy(asked, owner.identity, &error).await.map_err(gone)?;
                let refused = Refused::from(&error);
                Err(refused.told(self.refuse(asked, whom, refused.reason).await))
            }
        }
    }

    fn checked(
        &self,
        owner: &passkeys::sql::Owner,
        answer: &str,
        state: &str,
    ) -> Result<passkeys::sql::Used, PasskeyError> {
        let ceremonies = self.ceremonies().ok_or(PasskeyError::Unknown)?;
        let used = ceremonies.finish_discoverable(answer, state, owner.identity, &owner.passkey)?;
        let before = owner.passkey.clone();
        let after = used.changed.unwrap_or_else(|| before.clone());
        Ok(passkeys::sql::Used { identity: owner.identity, credential_id: used.credential_id, before, after })
    }

    /// Checks a passkey's answer that confirms the session's user. Returns the reason for the
    /// record if it is wrong.
    pub(crate) async fn confirmed_by(
        &self,
        asked: &Asked,
        who: &Principal,
        answer: &PasskeyAnswer,
    ) -> Result<Result<passkeys::sql::Used, Refused>, Unavailable> {
        let no_ceremony = || Err(Refused { reason: NO_CEREMONY, changed: false });
        let bound = bound_to(Purpose::Confirm, who);
        let Some(state) = self.take_ceremony(asked, bound, answer).await? else { return Ok(no_ceremony()) };
        let known = passkeys::sql::of(&mut self.reader(), who.identity).await?;
        let jsons: Vec<String> = known.iter().map(|kept| kept.passkey.clone()).collect();
        let Some(ceremonies) = self.ceremonies() else { return Ok(no_ceremony()) };
        match ceremonies.finish_authentication(&answer.answer, &state, who.identity, &jsons) {
            Ok(used) => {
                let before = known.into_iter().find(|kept| kept.row.credential_id == used.credential_id);
                let before = before.map(|kept| kept.passkey).unwrap_or_default();
                let after = used.changed.unwrap_or_else(|| before.clone());
                Ok(Ok(passkeys::sql::Used { identity: who.identity, credential_id: used.credential_id, before, after }))
            }
            Err(error) => {
                self.tell_of_copy(asked, who.identity, &error).await?;
                Ok(Err(Refused::from(&error)))
            }
        }
    }

    /// Checks the answer that adds a passkey. Returns its id and JSON, or the reason for the
    /// record.
    pub(crate) fn registered_by(
        &self,
        who: &Principal,
        state: Option<String>,
        answer: &PasskeyAnswer,
    ) -> Result<(String, String), (&'static str, &'static str)> {
        let (Some(state), Some(ceremonies)) = (state, self.ceremonies()) else { return Err(NO_CEREMONY) };
        let new = ceremonies.finish_registration(&answer.answer, &state).map_err(|error| {
            tracing::info!(%error, identity = %who.identity, "a passkey was not added");
            reason(&error)
        })?;
        Ok((new.credential_id, new.passkey))
    }

    /// Tells the owner of a passkey that it may have been copied.
    async fn tell_of_copy(&self, asked: &Asked, identity: IdentityId, error: &PasskeyError) -> Result<(), Unavailable> {
        if !matches!(error, PasskeyError::Copied) {
            return Ok(());
        }
        let about = "A passkey of yours may have been copied, and was refused";
        let mut source = Source::writer(&self.database).await?;
        notices::add(&mut source, identity, NoticeKind::MethodChanged, about, asked.now, &*self.random).await?;
        source.commit().await
    }
}

/// Returns what a ceremony of a signed-in user is bound to.
pub(crate) const fn bound_to(purpose: Purpose, who: &Principal) -> Bound {
    Bound { purpose, holder: Some((who.identity, who.session)) }
}

impl SqlBackend {
    /// Records a failed sign-in. A name without an account is not stored, because people type
    /// passwords into that field.
    pub(crate) async fn refuse(
        &self,
        asked: &Asked,
        whom: Option<(IdentityId, &str)>,
        why: (&str, &str),
    ) -> SignInError {
        let who = whom.map(|(identity, name)| Who {
            identity,
            name: name.into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        });
        let fields = RecordFields { action: START, who, allowed: false, code: why.0, words: why.1 };
        match self.ledger.append(self.entry(asked, fields)).await {
            Ok(()) => SignInError::Wrong,
            Err(Unavailable) => SignInError::Unavailable,
        }
    }
}
