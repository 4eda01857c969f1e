//! Ways to sign in as the pages see them.

use super::ceremonies::{self, Purpose};
use super::revocations::{self, By};
use super::unit::SqlUnit;
use super::{
    Source, SqlBackend, handles, identities, ledger, notices, one_time_codes, passkeys, recovery_codes, used_forms,
};
use crate::authn::ceremony::bound_to;
use crate::authn::handle;
use crate::authn::limit_records::Whose;
use crate::authn::limits::Trying;
use crate::authn::one_time_code::{self, OneTimeSecret};
use crate::authn::password::check_new_password;
use crate::authn::recovery_codes as new_recovery_codes;
use crate::authn::session_start::Said;
use crate::authn::sign_in::of_password;
use crate::vault::OneTimeBinding;
use app::door::Permit;
use app::pages::methods::can;
use app::pages::reset_methods::can::{AskToResetMethods, ResetMethods};
use app::store::{
    CodeSetUp, HashedPassword, MethodError, MethodReset, Methods, NewRecoveryCodes, NoticeKind, OneTimeCodes,
    OwnMethods, PasskeyAnswer, ResetPreview, Scope, SecondFactors, SignInError, SignedIn, StoreError,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Outcome;
use doorward::{IdentityId, Method, Principal, RevocationId, SecretText, Span};

/// How long a secret is shown that waits for its first code.
const SET_UP_TIME: Span = Span::minutes(15);

fn of_sign_in(error: SignInError) -> MethodError {
    match error {
        SignInError::TooMany(wait) => MethodError::TooMany(wait),
        SignInError::Wrong | SignInError::PasskeyChanged | SignInError::Full | SignInError::Unavailable => {
            StoreError::Unavailable.into()
        }
    }
}

/// Whether a secret waits for its first code in the session that asks.
fn waits_here(codes: &one_time_codes::OneTimeCodes, who: &Principal) -> bool {
    codes.confirmed.is_none()
        && who.now.since(codes.started) < SET_UP_TIME
        && codes.started_in.as_deref() == Some(who.session.as_str())
}

fn unavailable(_: Unavailable) -> MethodError {
    StoreError::Unavailable.into()
}

impl SqlBackend {
    /// The end of every change, in its transaction: the person is told, their other sessions end where they chose that, and
    /// all of it is durable.
    pub(super) async fn finish_change(
        &self,
        mut source: Source,
        who: &Principal,
        about: &str,
        end_others: bool,
    ) -> Result<(), Unavailable> {
        if !identities::note_second_factor(&mut source, who.identity).await? {
            recovery_codes::remove(&mut source, who.identity).await?;
        }
        notices::add(&mut source, who.identity, NoticeKind::MethodChanged, about, who.now, &*self.random).await?;
        let id = RevocationId::new(who.now, &*self.random);
        if end_others {
            let spare = Some(who.session);
            let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare };
            revocations::end(&mut source, id, &Scope::Identity(who.name.to_string()), &by, who.now).await?;
        }
        source.commit().await?;
        if end_others {
            self.live.wake(id);
        }
        Ok(())
    }

    /// The app's own share, for whoever has just shown who they are.
    async fn codes_of(&self, source: &mut Source, who: &Principal) -> Result<OneTimeCodes, Unavailable> {
        let Some(codes) = one_time_codes::of(source, who.identity).await? else { return Ok(OneTimeCodes::Off) };
        if let Some(since) = codes.confirmed {
            return Ok(OneTimeCodes::On(since));
        }
        // What starting it asks for, showing it again asks for too; and in another session it is not shown at all.
        if !waits_here(&codes, who) || !who.freshly_authenticated().allows() {
            return Ok(OneTimeCodes::Off);
        }
        let secret = self.one_time_secret(&codes, who.identity)?;
        let (base32, issuer) = (secret.base32(), &*self.issuer);
        let (uri, qr) = (secret.uri(issuer, &who.name), secret.qr_svg(issuer, &who.name));
        Ok(OneTimeCodes::Begun(CodeSetUp { base32, uri, qr }))
    }

    /// Whether `code` is of the app that is being set up; its step where it is.
    async fn first_code(
        &self,
        source: &mut Source,
        who: &Principal,
        code: &SecretText,
    ) -> Result<Option<i64>, Unavailable> {
        let codes = one_time_codes::of(source, who.identity).await?;
        let Some(codes) = codes.filter(|codes| waits_here(codes, who)) else { return Ok(None) };
        let secret = self.one_time_secret(&codes, who.identity)?;
        Ok(one_time_code::check(&secret, code.expose(), codes.last_step, who.now))
    }

    /// A new passkey by what answered its ceremony, which is used up; the reason for the record where that does not count.
    async fn new_passkey(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        answer: &PasskeyAnswer,
    ) -> Result<Result<(String, String), (&'static str, &'static str)>, Unavailable> {
        let state = match handle::read(&answer.ceremony) {
            Some(hash) => {
                let bound = bound_to(Purpose::Add, who);
                ceremonies::take(source, handles::spell(&hash), bound, asked.now).await?
            }
            None => None,
        };
        Ok(self.registered_by(who, state, answer))
    }

    /// Removes every second factor of the person with this name, and ends their sessions. Their password stays.
    async fn reset(
        &self,
        source: &mut Source,
        by: &Principal,
        whose: &str,
    ) -> Result<Result<MethodReset, MethodError>, Unavailable> {
        let Some((identity, display_name)) = identities::person(source, whose).await? else {
            return Ok(Err(MethodError::Nothing));
        };
        // Whoever adds a second factor of theirs at this moment is done before this, or finds their session ended.
        identities::lock(source, identity).await?;
        let removed = held(source, identity).await?;
        if removed == SecondFactors::default() {
            return Ok(Err(MethodError::NoSecondFactor));
        }
        one_time_codes::remove_all(source, identity).await?;
        passkeys::remove_all(source, identity).await?;
        recovery_codes::remove(source, identity).await?;
        identities::note_second_factor(source, identity).await?;
        let about = format!("{} removed your second factors and ended your sessions", by.display_name);
        notices::add(source, identity, NoticeKind::MethodChanged, &about, by.now, &*self.random).await?;
        let revocation = RevocationId::new(by.now, &*self.random);
        let ends = By { identity: Some(by.identity), name: by.display_name.to_string(), spare: None };
        revocations::end(source, revocation, &Scope::Identity(whose.to_owned()), &ends, by.now).await?;
        Ok(Ok(MethodReset { revocation, display_name, removed }))
    }

    /// Checks the current password of somebody who chooses another; a wrong one is recorded.
    async fn check_current_password(
        &self,
        asked: &Asked,
        who: &Principal,
        current: Option<SecretText>,
    ) -> Result<(), MethodError> {
        let Some(current) = current else { return Err(MethodError::WrongPassword) };
        if self.right_password(asked, who, current).await.map_err(of_sign_in)?.is_some() {
            return Ok(());
        }
        let (action, words) = (can::ChoosePassword::NAME, "the current password does not match");
        let said = Said { action, who: Some(who.into()), allowed: false, code: "wrong_password", words };
        self.ledger.append(self.entry(asked, said)).await.map_err(unavailable)?;
        Err(MethodError::WrongPassword)
    }

    /// Records that a limit refused a code, once the transaction is over, and says how long to wait.
    async fn too_many_codes(&self, asked: &Asked, who: &Principal) -> MethodError {
        let record = (can::TurnCodesOn::NAME, Whose::Known(who.into()));
        match self.may_try(&self.code_limits, asked, Trying::Session(who.session), record).await {
            Ok(()) => MethodError::TooMany(1),
            Err(error) => of_sign_in(error),
        }
    }

    /// Writes down that a code was wrong, beside the decision that it could be tried.
    async fn note_wrong_code(&self, mut source: Source, asked: &Asked, who: &Principal) -> Result<(), Unavailable> {
        let words = "the one-time code does not match";
        let said =
            Said { action: can::TurnCodesOn::NAME, who: Some(who.into()), allowed: false, code: "wrong_code", words };
        ledger::append_in(&mut source, &self.entry(asked, said)).await?;
        source.commit_with(Outcome::Invalid).await
    }
}

#[async_trait]
impl Methods for SqlBackend {
    async fn methods(&self, permit: Permit<can::ReadMethods>) -> Result<OwnMethods, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        Ok(OwnMethods {
            password_changed: identities::password_changed(&mut source, who.identity).await?,
            codes: self.codes_of(&mut source, who).await?,
            recovery_codes: recovery_codes::left(&mut source, who.identity).await?,
            passkeys: passkeys::of(&mut source, who.identity).await?.into_iter().map(|kept| kept.row).collect(),
            has_second_factor: who.has_second_factor,
        })
    }

    async fn hash_password(
        &self,
        asked: &Asked,
        permit: Permit<can::ChoosePassword>,
        current: Option<SecretText>,
        password: SecretText,
    ) -> Result<HashedPassword, MethodError> {
        let weak = |error: crate::authn::password::WeakPassword| {
            MethodError::WeakPassword(app::form::sentence(&error.to_string()))
        };
        let who = permit.principal();
        check_new_password(&password, &who.name).map_err(weak)?;
        // The action asks for a fresh authentication, so two factors are fresh too.
        if !who.showed_two_factors().allows() {
            self.check_current_password(asked, who, current).await?;
        }
        let hashed = self.passwords.hash(&password).await.map_err(of_password).map_err(of_sign_in)?;
        Ok(HashedPassword(hashed))
    }

    async fn change_password(
        &self,
        permit: Permit<can::ChangePassword>,
        password: HashedPassword,
    ) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let who = spent.principal;
        identities::change_password(&mut source, who.identity, password.0, who.now).await?;
        Ok(self.finish_change(source, &who, "Your password was changed", spent.action.end_others).await?)
    }

    async fn start_codes(&self, permit: Permit<can::StartCodes>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        let begun = one_time_codes::of(&mut source, who.identity).await.map_err(unavailable)?;
        if begun.is_some_and(|codes| waits_here(&codes, &who)) {
            // The form was sent again: the secret that may be in the app by now stays.
            return source.commit().await.map_err(unavailable);
        }
        let secret = OneTimeSecret::new(&*self.random).base32();
        let sealed = self.vault.seal(&OneTimeBinding { identity: who.identity.as_str() }, &secret, &*self.random);
        let started = one_time_codes::start(&mut source, who.identity, who.session, sealed, who.now).await;
        if !started.map_err(unavailable)? {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        }
        source.commit().await.map_err(unavailable)
    }

    async fn cancel_codes(&self, permit: Permit<can::CancelCodes>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        one_time_codes::cancel(&mut source, spent.principal.identity).await.map_err(unavailable)?;
        source.commit().await.map_err(unavailable)
    }

    async fn turn_codes_on(
        &self,
        asked: &Asked,
        permit: Permit<can::TurnCodesOn>,
        code: SecretText,
    ) -> Result<SignedIn, MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        if self.code_limits.check_and_count(Trying::Session(who.session), asked.now).is_err() {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(self.too_many_codes(asked, &who).await);
        }
        let Some(step) = self.first_code(&mut source, &who, &code).await.map_err(unavailable)? else {
            self.note_wrong_code(source, asked, &who).await.map_err(unavailable)?;
            return Err(MethodError::WrongCode);
        };
        one_time_codes::confirm(&mut source, who.identity, step, who.now).await.map_err(unavailable)?;
        let Some(old) = asked.handle.as_ref() else {
            source.undo(Outcome::Failed).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        };
        let method = if who.assurance.method == Method::Passkey { Method::Passkey } else { Method::PasswordAndCode };
        let signed_in = self.go_on(&mut source, asked, &who, old, method).await.map_err(unavailable)?;
        let Some(signed_in) = signed_in else {
            source.undo(Outcome::Failed).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        };
        let about = "One-time codes were set up";
        self.finish_change(source, &who, about, spent.action.end_others).await.map_err(unavailable)?;
        self.code_limits.succeeded(Trying::Session(who.session), asked.now);
        Ok(signed_in)
    }

    async fn turn_codes_off(&self, permit: Permit<can::TurnCodesOff>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        if !one_time_codes::remove(&mut source, who.identity).await.map_err(unavailable)? {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        }
        let about = "One-time codes were removed";
        self.finish_change(source, &who, about, spent.action.end_others).await.map_err(unavailable)
    }

    async fn new_recovery_codes(
        &self,
        permit: Permit<can::MakeRecoveryCodes>,
        form: Option<&str>,
    ) -> Result<NewRecoveryCodes, MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        if !who.has_second_factor {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        }
        if !used_forms::use_up(&mut source, who.session, form, who.now).await.map_err(unavailable)? {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::SentBefore);
        }
        let codes = new_recovery_codes::new(&*self.random);
        let hashes = codes.iter().map(|code| new_recovery_codes::hash(code.expose())).collect();
        recovery_codes::replace(&mut source, who.identity, hashes).await.map_err(unavailable)?;
        let about = "New recovery codes were made";
        self.finish_change(source, &who, about, spent.action.end_others).await.map_err(unavailable)?;
        Ok(NewRecoveryCodes(codes))
    }

    async fn add_passkey(
        &self,
        asked: &Asked,
        permit: Permit<can::AddPasskey>,
        name: String,
        answer: PasskeyAnswer,
    ) -> Result<Option<SignedIn>, MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let (who, end_others) = (spent.principal, spent.action.end_others);
        let new = self.new_passkey(&mut source, asked, &who, &answer).await.map_err(unavailable)?;
        let (credential_id, passkey) = match new {
            Ok(new) => new,
            Err((code, words)) => {
                let said =
                    Said { action: can::AddPasskey::NAME, who: Some((&who).into()), allowed: false, code, words };
                ledger::append_in(&mut source, &self.entry(asked, said)).await.map_err(unavailable)?;
                // The ceremony is used up all the same.
                source.commit_with(Outcome::Invalid).await.map_err(unavailable)?;
                return Err(MethodError::WrongPasskey);
            }
        };
        let about = format!("The passkey “{name}” was added");
        let new = passkeys::NewRow { credential_id, identity: who.identity, name, passkey };
        if !passkeys::add(&mut source, new, who.now).await.map_err(unavailable)? {
            // Here too the ceremony is used up.
            source.commit_with(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::WrongPasskey);
        }
        let signed_in = match (&asked.handle, who.showed_two_factors().allows()) {
            (Some(old), false) => {
                let signed_in =
                    self.go_on(&mut source, asked, &who, old, Method::Passkey).await.map_err(unavailable)?;
                if signed_in.is_none() {
                    source.undo(Outcome::Failed).await.map_err(unavailable)?;
                    return Err(MethodError::Nothing);
                }
                signed_in
            }
            _ => None,
        };
        self.finish_change(source, &who, &about, end_others).await.map_err(unavailable)?;
        Ok(signed_in)
    }

    async fn remove_passkey(&self, permit: Permit<can::RemovePasskey>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let (who, action) = (spent.principal, spent.action);
        let removed = passkeys::remove(&mut source, who.identity, action.credential_id).await.map_err(unavailable)?;
        let Some(name) = removed else {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        };
        let about = format!("The passkey “{name}” was removed");
        self.finish_change(source, &who, &about, action.end_others).await.map_err(unavailable)
    }

    async fn preview_reset(&self, permit: Permit<AskToResetMethods>) -> Result<Option<ResetPreview>, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let Some(whose) = &asked.whose else { return Ok(None) };
        let mut source = self.reader();
        let Some((identity, display_name)) = identities::person(&mut source, whose).await? else { return Ok(None) };
        let held = held(&mut source, identity).await?;
        let scope = Scope::Identity(whose.clone());
        let sessions = revocations::preview(&mut source, &scope, who.session, who.now).await?.sessions;
        Ok(Some(ResetPreview { name: whose.clone(), display_name, held, sessions }))
    }

    async fn reset_methods(&self, permit: Permit<ResetMethods>) -> Result<MethodReset, MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let reset = self.reset(&mut source, &spent.principal, &spent.action.whose).await.map_err(unavailable)?;
        let ended = match reset {
            Ok(_) => source.commit().await,
            Err(_) => source.undo(Outcome::Invalid).await,
        };
        ended.map_err(unavailable)?;
        let done = reset?;
        self.live.wake(done.revocation);
        Ok(done)
    }
}

/// The second factors of an identity, those that do not count yet included.
async fn held(source: &mut Source, identity: IdentityId) -> Result<SecondFactors, Unavailable> {
    let codes = one_time_codes::of(source, identity).await?;
    let on = codes.as_ref().is_some_and(|codes| codes.confirmed.is_some());
    Ok(SecondFactors {
        codes: on,
        codes_begun: codes.is_some() && !on,
        passkeys: passkeys::of(source, identity).await?.len(),
        recovery_codes: recovery_codes::left(source, identity).await?,
    })
}
