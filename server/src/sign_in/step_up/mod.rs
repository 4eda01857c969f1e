//! Step-up: the proof is consumed in the transaction that gives the session its new authentication,
//! so that no proof counts twice.

mod proof;

use crate::account::one_time_codes::OneTimeSecret;
use crate::account::password::Verdict;
use crate::account::recovery_codes;
use crate::account::{notices, one_time_codes, passkeys};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use crate::sessions::{self, handles, role_limits};
use crate::sign_in::handle;
use crate::sign_in::known_browsers::Strength;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::{FULL, RecordFields, gone};
use crate::unit::SqlUnit;
use crate::vault::OneTimeBinding;
use app::account::notices::NoticeKind;
use app::backend::Unit;
use app::sign_in::policy;
use app::sign_in::store::{Proof, SignInError, SignedIn};
use doorward::action::Action;
use doorward::guard::{self, Asked, HandleHash, Unavailable};
use doorward::ledger::Outcome;
use doorward::{AuthenticationId, IdentityId, Method, Principal, SecretText};
use proof::{SpentProof, of_code};

/// The outcome of a step-up.
enum SteppedUp {
    /// The session continues with a new handle.
    Done(SignedIn),
    /// The proof does not count.
    Wrong,
    /// The session ended, was renewed in another tab, or may no longer step up.
    Changed,
    /// The session would exceed the number of sessions that the role allows.
    Full,
}

const CHANGED: (&str, &str) = ("changed_meanwhile", "the session was renewed or ended meanwhile");
const STEP_UP: &str = policy::StepUp::NAME;

/// Returns whether a session was authenticated with a password only although its identity has a
/// second factor.
fn is_unfinished(who: &Principal) -> bool {
    who.has_second_factor && !who.assurance.method.shows_two_factors()
}

impl SqlBackend {
    /// Confirms the session's user with `proof`.
    pub(crate) async fn confirm_by(
        &self,
        asked: &Asked,
        marks: &str,
        who: &Principal,
        proof: Proof,
    ) -> Result<SignedIn, SignInError> {
        let tries_code = self.trying_code(asked, marks, who);
        let spent = match proof {
            Proof::Password(password) => match self.right_password(asked, who, password).await? {
                Some(_) if who.has_second_factor => {
                    let why = ("no_second_factor", "a password alone does not show the second factor");
                    return Err(self.refuse_step_up(asked, who, why).await);
                }
                Some(phc) => SpentProof::Password(phc),
                None => {
                    return Err(self.refuse_step_up(asked, who, SpentProof::Password(String::new()).refusal()).await);
                }
            },
            Proof::Code { code, password } => {
                self.may_try(&self.code_limits, asked, tries_code, (STEP_UP, TriedBy::Known(who.into()))).await?;
                if who.assurance.method == Method::Passkey && !self.also_by_password(asked, who, password).await? {
                    return Err(self.refuse_step_up(asked, who, SpentProof::Password(String::new()).refusal()).await);
                }
                of_code(code)
            }
            Proof::Passkey(answer) => match self.confirmed_by(asked, who, &answer).await.map_err(gone)? {
                Ok(used) => SpentProof::Passkey(used),
                Err(refused) => {
                    let error = self.refuse_step_up(asked, who, refused.reason).await;
                    return Err(refused.told(error));
                }
            },
        };
        let Some(old) = &asked.handle else { return Err(SignInError::Wrong) };
        match self.step_up(asked, old, who, &spent).await.map_err(gone)? {
            SteppedUp::Done(signed_in) => {
                self.forget_tries(asked, who, tries_code, &spent);
                let mark = self.mark(asked, marks, &who.name, spent.method());
                Ok(SignedIn { mark, ..signed_in })
            }
            SteppedUp::Wrong => Err(self.refuse_step_up(asked, who, spent.refusal()).await),
            SteppedUp::Changed => Err(self.refuse_step_up(asked, who, CHANGED).await),
            SteppedUp::Full => match self.refuse_step_up(asked, who, FULL).await {
                SignInError::Wrong => Err(SignInError::Full),
                other => Err(other),
            },
        }
    }

    /// Returns which limits apply to a try at a code. A finished session has its own. An unfinished
    /// one shares its account's, because anybody who knows the password can begin any number of
    /// such sessions.
    fn trying_code<'a>(&self, asked: &Asked, marks: &str, who: &'a Principal) -> Trying<'a> {
        if is_unfinished(who) {
            self.trying(asked, marks, &who.name, Strength::TwoFactors)
        } else {
            Trying::Session(who.session)
        }
    }

    /// A correct password gives back no tries at codes. Otherwise somebody who knows the password
    /// could guess codes forever.
    fn forget_tries(&self, asked: &Asked, who: &Principal, tries_code: Trying<'_>, spent: &SpentProof) {
        match spent {
            // A challenge counts as a try too.
            SpentProof::Password(_) | SpentProof::Passkey(_) => {
                self.limits.succeeded(Trying::Session(who.session), asked.now)
            }
            SpentProof::Code(_) | SpentProof::RecoveryCode(_) => self.code_limits.succeeded(tries_code, asked.now),
        }
    }

    /// Returns the hash of the user's password if `password` matches it.
    pub(crate) async fn right_password(
        &self,
        asked: &Asked,
        who: &Principal,
        password: SecretText,
    ) -> Result<Option<String>, SignInError> {
        let (session, record) = (Trying::Session(who.session), || (STEP_UP, TriedBy::Known(who.into())));
        self.may_try(&self.limits, asked, session, record()).await?;
        let stored = identities::sql::password_of(&mut self.reader(), who.identity).await.map_err(gone)?;
        let verdict = match self.passwords.verify(stored.as_deref(), password).await {
            Ok(verdict) => verdict,
            Err(error) => return Err(self.unchecked(asked, record(), error).await),
        };
        Ok(stored.filter(|_| matches!(verdict, Verdict::Right { .. })))
    }

    async fn also_by_password(
        &self,
        asked: &Asked,
        who: &Principal,
        password: Option<SecretText>,
    ) -> Result<bool, SignInError> {
        let Some(password) = password else { return Ok(false) };
        Ok(self.right_password(asked, who, password).await?.is_some())
    }

    async fn refuse_step_up(&self, asked: &Asked, who: &Principal, why: (&str, &str)) -> SignInError {
        let fields = RecordFields { action: STEP_UP, who: Some(who.into()), allowed: false, code: why.0, words: why.1 };
        self.ledger.append(self.entry(asked, fields)).await.map_or_else(gone, |()| SignInError::Wrong)
    }

    /// Runs the step-up in one transaction, in which it is decided again: the proof is consumed,
    /// and the session gets a fresh authentication and a new handle. If the proof does not count,
    /// nothing is kept.
    async fn step_up(
        &self,
        asked: &Asked,
        old: &HandleHash,
        who: &Principal,
        spent: &SpentProof,
    ) -> Result<SteppedUp, Unavailable> {
        let mut unit = self.transaction().await?;
        if is_unfinished(who) {
            // Taken before any row is locked, as at sign-in, because the session begins to count
            // now.
            identities::sql::lock_sessions(unit.source(), who.identity).await?;
        }
        let unit: Box<dyn Unit> = Box::new(unit);
        let Ok(permit) = guard::permit(unit, asked, policy::StepUp).await else { return Ok(SteppedUp::Changed) };
        let (granted, unit) = permit.into_transaction();
        let who = granted.principal;
        let mut source = SqlUnit::source_of(unit)?;
        if !self.spend(&mut source, asked, &who, spent).await? {
            source.undo(Outcome::Invalid).await?;
            return Ok(SteppedUp::Wrong);
        }
        let mut ended = Vec::new();
        if is_unfinished(&who) && spent.method().shows_two_factors() {
            let limits = role_limits::of(&mut source, who.identity, self.sessions.lifetimes, who.now).await?;
            match self.make_room(&mut source, who.identity, &who.name, limits, asked).await? {
                Some(made_room) => ended = made_room,
                None => {
                    source.undo(Outcome::Invalid).await?;
                    return Ok(SteppedUp::Full);
                }
            }
        }
        let Some(signed_in) = self.go_on(&mut source, asked, &who, old, spent.method()).await? else {
            source.undo(Outcome::Failed).await?;
            return Ok(SteppedUp::Changed);
        };
        source.commit().await?;
        ended.into_iter().for_each(|id| self.live.wake(id));
        Ok(SteppedUp::Done(signed_in))
    }

    /// Gives the session a fresh authentication and a new handle, inside a transaction. The old
    /// handle keeps the old authentication until the new one is used. Returns `None` if the session
    /// ended, or if `old` was replaced in the meantime.
    pub(crate) async fn go_on(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        old: &HandleHash,
        method: Method,
    ) -> Result<Option<SignedIn>, Unavailable> {
        let (secret, hash) = handle::new(&*self.random);
        let id = AuthenticationId::new(asked.now, &*self.random);
        self.authenticated(source, asked, who.identity, id, method).await?;
        let goes_on = handles::step_up(source, who.session, old, &hash, id, asked.now).await?
            && sessions::sql::authenticate(source, who.session, id, asked.place.clone(), asked.now).await?;
        Ok(goes_on.then_some(SignedIn { handle: secret, mark: None }))
    }

    /// Consumes the proof. Returns false if it does not count, or no longer counts.
    async fn spend(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        spent: &SpentProof,
    ) -> Result<bool, Unavailable> {
        match spent {
            SpentProof::Password(phc) => {
                Ok(!who.has_second_factor && identities::sql::has_password(source, who.identity, phc).await?)
            }
            SpentProof::Code(code) => self.spend_code(source, asked, who.identity, code).await,
            SpentProof::RecoveryCode(code) => self.spend_recovery_code(source, asked, who, code).await,
            SpentProof::Passkey(used) => passkeys::sql::touch(source, used.clone(), asked.now).await,
        }
    }

    async fn spend_code(
        &self,
        source: &mut Source,
        asked: &Asked,
        identity: IdentityId,
        code: &SecretText,
    ) -> Result<bool, Unavailable> {
        let Some(codes) = one_time_codes::sql::of(source, identity).await?.filter(|codes| codes.confirmed.is_some())
        else {
            return Ok(false);
        };
        let secret = self.one_time_secret(&codes, identity)?;
        match one_time_codes::check(&secret, code.expose(), codes.last_step, asked.now) {
            Some(step) => one_time_codes::sql::use_step(source, identity, step).await,
            None => Ok(false),
        }
    }

    async fn spend_recovery_code(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        code: &SecretText,
    ) -> Result<bool, Unavailable> {
        let hash = recovery_codes::hash(code.expose());
        if !who.has_second_factor || !recovery_codes::sql::use_up(source, who.identity, hash).await? {
            return Ok(false);
        }
        let about = match recovery_codes::sql::left(source, who.identity).await? {
            0 => "A recovery code of yours was used, and none is left".to_owned(),
            1 => "A recovery code of yours was used, and 1 is left".to_owned(),
            left => format!("A recovery code of yours was used, and {left} are left"),
        };
        notices::add(source, who.identity, NoticeKind::MethodChanged, &about, asked.now, &*self.random).await?;
        Ok(true)
    }

    /// Decrypts the secret of an identity's one-time codes.
    pub(crate) fn one_time_secret(
        &self,
        codes: &one_time_codes::sql::OneTimeCodes,
        identity: IdentityId,
    ) -> Result<OneTimeSecret, Unavailable> {
        let opened = self.vault.open(&OneTimeBinding { identity: identity.as_str() }, &codes.sealed);
        let secret = opened.map_err(|error| {
            tracing::error!(%error, "a one-time secret does not open");
            Unavailable
        })?;
        OneTimeSecret::from_base32(&secret).map_err(|error| {
            tracing::error!(%error, "a one-time secret cannot be read");
            Unavailable
        })
    }
}
