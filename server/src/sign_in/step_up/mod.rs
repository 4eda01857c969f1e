//! Step-up: the proof is consumed in the transaction that gives the session its new authentication,
//! so that no proof counts twice.

mod proof;

use crate::account::password::Verdict;
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities;
use crate::sessions::{self, handles, role_limits};
use crate::sign_in::handle;
use crate::sign_in::known_browsers::Strength;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::{FULL, RecordFields, gone};
use app::backend::{StoreError, Unit};
use app::sign_in::policy;
use app::sign_in::store::{Proof, SignInError, SignedIn};
use doorward::action::Action;
use doorward::guard::{self, Asked, HandleHash, Unavailable};
use doorward::{AuthenticationId, Method, Principal, SecretText};
use proof::{SpentProof, of_code};

/// Why a session was not stepped up.
enum NotSteppedUp {
    /// The proof does not count.
    Wrong,
    /// The session ended, was renewed in another tab, or may no longer step up.
    Changed,
    /// The session would exceed the number of sessions that the role allows.
    Full,
    Unavailable,
}

impl From<StoreError> for NotSteppedUp {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl From<Unavailable> for NotSteppedUp {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
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
        match self.step_up(asked, old, who, &spent).await {
            Ok(signed_in) => {
                self.forget_tries(asked, who, tries_code, &spent);
                let mark = self.mark(asked, marks, &who.name, spent.method());
                Ok(SignedIn { mark, ..signed_in })
            }
            Err(NotSteppedUp::Wrong) => Err(self.refuse_step_up(asked, who, spent.refusal()).await),
            Err(NotSteppedUp::Changed) => Err(self.refuse_step_up(asked, who, CHANGED).await),
            Err(NotSteppedUp::Full) => match self.refuse_step_up(asked, who, FULL).await {
                SignInError::Wrong => Err(SignInError::Full),
                other => Err(other),
            },
            Err(NotSteppedUp::Unavailable) => Err(gone(Unavailable)),
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
    ) -> Result<SignedIn, NotSteppedUp> {
        let mut unit = self.transaction().await?;
        if is_unfinished(who) {
            // Taken before any row is locked, as at sign-in, because the session begins to count
            // now.
            identities::sql::lock_sessions(unit.source(), who.identity).await?;
        }
        let unit: Box<dyn Unit> = Box::new(unit);
        let permit = guard::permit(unit, asked, policy::StepUp).await.map_err(|_| NotSteppedUp::Changed)?;
        let stepped_up = change(permit, async |source, granted| {
            let who = granted.principal;
            if !self.spend(source, asked, &who, spent).await? {
                return Err(NotMade::Invalid(NotSteppedUp::Wrong));
            }
            let mut ended = Vec::new();
            if is_unfinished(&who) && spent.method().shows_two_factors() {
                let limits = role_limits::of(source, who.identity, self.sessions.lifetimes, who.now).await?;
                let made_room = self.make_room(source, who.identity, &who.name, limits, asked).await?;
                ended = made_room.ok_or(NotMade::Invalid(NotSteppedUp::Full))?;
            }
            let signed_in = self.go_on(source, asked, &who, old, spent.method()).await?;
            Ok((signed_in.ok_or(NotMade::Failed(NotSteppedUp::Changed))?, ended))
        });
        let (signed_in, ended) = stepped_up.await?;
        ended.into_iter().for_each(|id| self.live.wake(id));
        Ok(signed_in)
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
}
