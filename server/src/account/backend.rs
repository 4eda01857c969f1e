//! The stores behind the pages for ways to sign in.

use crate::account::changes::{of_sign_in, unavailable, waits_here};
use crate::account::one_time_codes::{self, OneTimeSecret};
use crate::account::password::{self, check_new_password};
use crate::account::{passkeys, recovery_codes};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::used_forms;
use crate::sign_in::authenticate::of_password;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
use crate::unit::SqlUnit;
use crate::vault::OneTimeBinding;
use crate::{identities, ledger};
use app::account::policy;
use app::account::store::{HashedPassword, MethodError, Methods, NewRecoveryCodes, OwnMethods, SecondFactors};
use app::backend::{Permit, StoreError};
use app::page::form;
use app::sign_in::store::{PasskeyAnswer, SignedIn};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Outcome;
use doorward::{IdentityId, Method, SecretText};

#[async_trait]
impl Methods for SqlBackend {
    async fn methods(&self, permit: Permit<policy::ReadMethods>) -> Result<OwnMethods, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        Ok(OwnMethods {
            password_changed: identities::sql::password_changed(&mut source, who.identity).await?,
            codes: self.codes_of(&mut source, who).await?,
            recovery_codes: recovery_codes::sql::left(&mut source, who.identity).await?,
            passkeys: passkeys::sql::of(&mut source, who.identity).await?.into_iter().map(|kept| kept.row).collect(),
            has_second_factor: who.has_second_factor,
        })
    }

    async fn hash_password(
        &self,
        asked: &Asked,
        permit: Permit<policy::ChoosePassword>,
        current: Option<SecretText>,
        password: SecretText,
    ) -> Result<HashedPassword, MethodError> {
        let weak = |error: password::WeakPassword| MethodError::WeakPassword(form::sentence(&error.to_string()));
        let who = permit.principal();
        check_new_password(&password, &who.name).map_err(weak)?;
        // The action requires a fresh authentication, so two factors are fresh too.
        if !who.showed_two_factors().allows() {
            self.check_current_password(asked, who, current).await?;
        }
        let hashed = self.passwords.hash(&password).await.map_err(of_password).map_err(of_sign_in)?;
        Ok(HashedPassword(hashed))
    }

    async fn change_password(
        &self,
        permit: Permit<policy::ChangePassword>,
        password: HashedPassword,
    ) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let who = spent.principal;
        identities::sql::change_password(&mut source, who.identity, password.0, who.now).await?;
        Ok(self.finish_change(source, &who, "Your password was changed", spent.action.end_others).await?)
    }

    async fn start_codes(&self, permit: Permit<policy::StartCodes>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        let begun = one_time_codes::sql::of(&mut source, who.identity).await.map_err(unavailable)?;
        if begun.is_some_and(|codes| waits_here(&codes, &who)) {
            // The form was sent twice: keep the secret, which may be in the app already.
            return source.commit().await.map_err(unavailable);
        }
        let secret = OneTimeSecret::new(&*self.random).base32();
        let about = OneTimeBinding { identity: who.identity.as_str() };
        let sealed = self.vault.seal(&mut source, &about, &secret, &*self.random).await.map_err(unavailable)?;
        let started = one_time_codes::sql::start(&mut source, who.identity, who.session, sealed, who.now).await;
        if !started.map_err(unavailable)? {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        }
        source.commit().await.map_err(unavailable)
    }

    async fn cancel_codes(&self, permit: Permit<policy::CancelCodes>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        one_time_codes::sql::cancel(&mut source, spent.principal.identity).await.map_err(unavailable)?;
        source.commit().await.map_err(unavailable)
    }

    async fn turn_codes_on(
        &self,
        asked: &Asked,
        permit: Permit<policy::TurnCodesOn>,
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
        one_time_codes::sql::confirm(&mut source, who.identity, step, who.now).await.map_err(unavailable)?;
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

    async fn turn_codes_off(&self, permit: Permit<policy::TurnCodesOff>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let who = spent.principal;
        if !one_time_codes::sql::remove(&mut source, who.identity).await.map_err(unavailable)? {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        }
        let about = "One-time codes were removed";
        self.finish_change(source, &who, about, spent.action.end_others).await.map_err(unavailable)
    }

    async fn new_recovery_codes(
        &self,
        permit: Permit<policy::MakeRecoveryCodes>,
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
        let codes = recovery_codes::new(&*self.random);
        let hashes = codes.iter().map(|code| recovery_codes::hash(code.expose())).collect();
        recovery_codes::sql::replace(&mut source, who.identity, hashes).await.map_err(unavailable)?;
        let about = "Recovery codes were replaced";
        self.finish_change(source, &who, about, spent.action.end_others).await.map_err(unavailable)?;
        Ok(NewRecoveryCodes(codes))
    }

    async fn add_passkey(
        &self,
        asked: &Asked,
        permit: Permit<policy::AddPasskey>,
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
                let fields = RecordFields {
                    action: policy::AddPasskey::NAME,
                    who: Some((&who).into()),
                    allowed: false,
                    code,
                    words,
                };
                ledger::sql::append_in(&mut source, &self.entry(asked, fields)).await.map_err(unavailable)?;
                // The ceremony is consumed nevertheless.
                source.commit_with(Outcome::Invalid).await.map_err(unavailable)?;
                return Err(MethodError::WrongPasskey);
            }
        };
        let about = format!("The passkey “{name}” was added");
        let new = passkeys::sql::NewRow { credential_id, identity: who.identity, name, passkey };
        if !passkeys::sql::add(&mut source, new, who.now).await.map_err(unavailable)? {
            // The ceremony is consumed here too.
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

    async fn remove_passkey(&self, permit: Permit<policy::RemovePasskey>) -> Result<(), MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let (who, action) = (spent.principal, spent.action);
        let removed =
            passkeys::sql::remove(&mut source, who.identity, action.credential_id).await.map_err(unavailable)?;
        let Some(name) = removed else {
            source.undo(Outcome::Invalid).await.map_err(unavailable)?;
            return Err(MethodError::Nothing);
        };
        let about = format!("The passkey “{name}” was removed");
        self.finish_change(source, &who, &about, action.end_others).await.map_err(unavailable)
    }
}

/// Returns the second factors of an identity, including unconfirmed ones.
pub(crate) async fn held(source: &mut Source, identity: IdentityId) -> Result<SecondFactors, Unavailable> {
    let codes = one_time_codes::sql::of(source, identity).await?;
    let on = codes.as_ref().is_some_and(|codes| codes.confirmed.is_some());
    Ok(SecondFactors {
        codes: on,
        codes_begun: codes.is_some() && !on,
        passkeys: passkeys::sql::of(source, identity).await?.len(),
        recovery_codes: recovery_codes::sql::left(source, identity).await?,
    })
}
