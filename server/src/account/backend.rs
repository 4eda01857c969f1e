//! The stores behind the pages for ways to sign in.

use crate::account::changes::{of_sign_in, waits_here};
use crate::account::one_time_codes::{self, OneTimeSecret};
use crate::account::password::{self, check_new_password};
use crate::account::{passkeys, recovery_codes};
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::sign_in::authenticate::of_password;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
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
        let ended = change(permit, async |source, granted| {
            let who = granted.principal;
            identities::sql::change_password(source, who.identity, password.0, who.now).await?;
            Ok(self.finish_change(source, &who, "Your password was changed", granted.action.end_others).await?)
        });
        ended.await.map(|ended| self.wake_if(ended))
    }

    async fn start_codes(&self, permit: Permit<policy::StartCodes>) -> Result<(), MethodError> {
        let started = change(permit, async |source, granted| {
            let who = granted.principal;
            let begun = one_time_codes::sql::of(source, who.identity).await?;
            if begun.is_some_and(|codes| waits_here(&codes, &who)) {
                // The form was sent twice: keep the secret, which may be in the app already.
                return Ok(());
            }
            let secret = OneTimeSecret::new(&*self.random).base32();
            let about = OneTimeBinding { identity: who.identity.as_str() };
            let sealed = self.vault.seal(source, &about, &secret, &*self.random).await?;
            match one_time_codes::sql::start(source, who.identity, who.session, sealed, who.now).await? {
                true => Ok(()),
                false => Err(NotMade::Invalid(MethodError::Nothing)),
            }
        });
        started.await
    }

    async fn cancel_codes(&self, permit: Permit<policy::CancelCodes>) -> Result<(), MethodError> {
        let cancelled = change(permit, async |source, granted| {
            one_time_codes::sql::cancel(source, granted.principal.identity).await?;
            Ok(())
        });
        cancelled.await
    }

    async fn turn_codes_on(
        &self,
        asked: &Asked,
        permit: Permit<policy::TurnCodesOn>,
        code: SecretText,
    ) -> Result<SignedIn, MethodError> {
        let who = permit.principal().clone();
        let tried = Trying::Session(who.session);
        let turned_on = change(permit, async |source, granted| {
            if self.code_limits.check_and_count(tried, asked.now).is_err() {
                return Err(NotMade::Invalid(MethodError::TooMany(1)));
            }
            let Some(step) = self.first_code(source, &who, &code).await? else {
                self.note_wrong_code(source, asked, &who).await?;
                return Err(NotMade::UsedUp(MethodError::WrongCode));
            };
            one_time_codes::sql::confirm(source, who.identity, step, who.now).await?;
            let old = asked.handle.as_ref().ok_or(NotMade::Failed(MethodError::Nothing))?;
            let passkey = who.assurance.method == Method::Passkey;
            let method = if passkey { Method::Passkey } else { Method::PasswordAndCode };
            let signed_in = self.go_on(source, asked, &who, old, method).await?;
            let signed_in = signed_in.ok_or(NotMade::Failed(MethodError::Nothing))?;
            let about = "One-time codes were set up";
            Ok((signed_in, self.finish_change(source, &who, about, granted.action.end_others).await?))
        });
        let (signed_in, ended) = match turned_on.await {
            Err(MethodError::TooMany(_)) => return Err(self.too_many_codes(asked, &who).await),
            turned_on => turned_on?,
        };
        self.wake_if(ended);
        self.code_limits.succeeded(tried, asked.now);
        Ok(signed_in)
    }

    async fn turn_codes_off(&self, permit: Permit<policy::TurnCodesOff>) -> Result<(), MethodError> {
        let ended = change(permit, async |source, granted| {
            let who = granted.principal;
            if !one_time_codes::sql::remove(source, who.identity).await? {
                return Err(NotMade::Invalid(MethodError::Nothing));
            }
            let about = "One-time codes were removed";
            Ok(self.finish_change(source, &who, about, granted.action.end_others).await?)
        });
        ended.await.map(|ended| self.wake_if(ended))
    }

    async fn new_recovery_codes(
        &self,
        permit: Permit<policy::MakeRecoveryCodes>,
        form: Option<&str>,
    ) -> Result<NewRecoveryCodes, MethodError> {
        let codes = recovery_codes::new(&*self.random);
        let hashes = codes.iter().map(|code| recovery_codes::hash(code.expose())).collect();
        let ended = change(permit, async |source, granted| {
            let who = granted.principal;
            if !who.has_second_factor {
                return Err(NotMade::Invalid(MethodError::Nothing));
            }
            once(source, &who, form, MethodError::SentBefore).await?;
            recovery_codes::sql::replace(source, who.identity, hashes).await?;
            let about = "Recovery codes were replaced";
            Ok(self.finish_change(source, &who, about, granted.action.end_others).await?)
        });
        self.wake_if(ended.await?);
        Ok(NewRecoveryCodes(codes))
    }

    async fn add_passkey(
        &self,
        asked: &Asked,
        permit: Permit<policy::AddPasskey>,
        name: String,
        answer: PasskeyAnswer,
    ) -> Result<Option<SignedIn>, MethodError> {
        let added = change(permit, async |source, granted| {
            let (who, end_others) = (granted.principal, granted.action.end_others);
            // The ceremony is used up even if its answer does not count.
            let (credential_id, passkey) = match self.new_passkey(source, asked, &who, &answer).await? {
                Ok(new) => new,
                Err((code, words)) => {
                    let (action, who) = (policy::AddPasskey::NAME, Some((&who).into()));
                    let fields = RecordFields { action, who, allowed: false, code, words };
                    ledger::sql::append_in(source, &self.entry(asked, fields)).await?;
                    return Err(NotMade::UsedUp(MethodError::WrongPasskey));
                }
            };
            let about = format!("The passkey “{name}” was added");
            let new = passkeys::sql::NewRow { credential_id, identity: who.identity, name, passkey };
            if !passkeys::sql::add(source, new, who.now).await? {
                return Err(NotMade::UsedUp(MethodError::WrongPasskey));
            }
            let signed_in = match (&asked.handle, who.showed_two_factors().allows()) {
                (Some(old), false) => {
                    let signed_in = self.go_on(source, asked, &who, old, Method::Passkey).await?;
                    Some(signed_in.ok_or(NotMade::Failed(MethodError::Nothing))?)
                }
                _ => None,
            };
            Ok((signed_in, self.finish_change(source, &who, &about, end_others).await?))
        });
        let (signed_in, ended) = added.await?;
        self.wake_if(ended);
        Ok(signed_in)
    }

    async fn remove_passkey(&self, permit: Permit<policy::RemovePasskey>) -> Result<(), MethodError> {
        let ended = change(permit, async |source, granted| {
            let (who, action) = (granted.principal, granted.action);
            let removed = passkeys::sql::remove(source, who.identity, action.credential_id).await?;
            let name = removed.ok_or(NotMade::Invalid(MethodError::Nothing))?;
            let about = format!("The passkey “{name}” was removed");
            Ok(self.finish_change(source, &who, &about, action.end_others).await?)
        });
        ended.await.map(|ended| self.wake_if(ended))
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
