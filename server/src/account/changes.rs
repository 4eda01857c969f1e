//! What changes of the ways to sign in have in common: their proofs, what the record says, and how they end.

use crate::account::one_time_codes::{self, OneTimeSecret};
use crate::account::{notices, recovery_codes};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::sessions::handles;
use crate::sessions::revocations::{self, By};
use crate::sign_in::ceremony::sql::Purpose;
use crate::sign_in::ceremony::{self, bound_to};
use crate::sign_in::handle;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
use crate::vault::OneTimeBinding;
use crate::{identities, ledger};
use app::account::notices::NoticeKind;
use app::account::policy;
use app::account::store::{CodeSetUp, MethodError, OneTimeCodes};
use app::backend::StoreError;
use app::sessions::scope::Scope;
use app::sign_in::store::{PasskeyAnswer, SignInError};
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::{IdentityId, Principal, RevocationId, SecretText, TimeSpan};

/// How long an unconfirmed secret is shown.
const SET_UP_TIME: TimeSpan = TimeSpan::minutes(15);

pub(super) fn of_sign_in(error: SignInError) -> MethodError {
    match error {
        SignInError::TooMany(wait) => MethodError::TooMany(wait),
        SignInError::Wrong | SignInError::PasskeyChanged | SignInError::Full | SignInError::Unavailable => {
            StoreError::Unavailable.into()
        }
    }
}

/// Returns whether this session has begun the set-up and has not confirmed it.
pub(super) fn waits_here(codes: &one_time_codes::sql::OneTimeCodes, who: &Principal) -> bool {
    codes.confirmed.is_none()
        && who.now.since(codes.started) < SET_UP_TIME
        && codes.started_in.as_deref() == Some(who.session.as_str())
}

fn unavailable(_: Unavailable) -> MethodError {
    StoreError::Unavailable.into()
}

impl SqlBackend {
    /// Completes a change in its transaction: tells the person, and ends their other sessions if they
    /// chose that. Their tabs are told after the commit.
    pub(crate) async fn finish_change(
        &self,
        source: &mut Source,
        who: &Principal,
        about: &str,
        end_others: bool,
    ) -> Result<Option<RevocationId>, Unavailable> {
        if !identities::sql::note_second_factor(source, who.identity).await? {
            recovery_codes::sql::remove(source, who.identity).await?;
        }
        notices::add(source, who.identity, NoticeKind::MethodChanged, about, who.now, &*self.random).await?;
        if !end_others {
            return Ok(None);
        }
        let id = RevocationId::new(who.now, &*self.random);
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare: Some(who.session) };
        revocations::end(source, id, &Scope::Identity(who.name.to_string()), &by, who.now).await?;
        Ok(Some(id))
    }

    pub(super) fn wake_if(&self, ended: Option<RevocationId>) {
        ended.into_iter().for_each(|id| self.live.wake(id));
    }

    /// Returns the state of one-time codes. Includes the secret only if the user has just
    /// authenticated.
    pub(super) async fn codes_of(&self, source: &mut Source, who: &Principal) -> Result<OneTimeCodes, Unavailable> {
        let Some(codes) = one_time_codes::sql::of(source, who.identity).await? else { return Ok(OneTimeCodes::Off) };
        if let Some(since) = codes.confirmed {
            return Ok(OneTimeCodes::On(since));
        }
        // Showing the secret needs the same authentication as starting the set-up, and is possible
        // only in the session that started it.
        if !waits_here(&codes, who) || !who.freshly_authenticated().allows() {
            return Ok(OneTimeCodes::Off);
        }
        let secret = self.one_time_secret(&codes, who.identity)?;
        let (base32, issuer) = (secret.base32(), &*self.issuer);
        let (uri, qr) = (secret.uri(issuer, &who.name), secret.qr_svg(issuer, &who.name));
        Ok(OneTimeCodes::Begun(CodeSetUp { base32, uri, qr }))
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

    /// Returns the step of `code` if it matches the app being set up.
    pub(super) async fn first_code(
        &self,
        source: &mut Source,
        who: &Principal,
        code: &SecretText,
    ) -> Result<Option<i64>, Unavailable> {
        let codes = one_time_codes::sql::of(source, who.identity).await?;
        let Some(codes) = codes.filter(|codes| waits_here(codes, who)) else { return Ok(None) };
        let secret = self.one_time_secret(&codes, who.identity)?;
        Ok(one_time_codes::check(&secret, code.expose(), codes.last_step, who.now))
    }

    /// Consumes the ceremony and returns the new passkey, or the reason for the record if the
    /// answer does not count.
    pub(super) async fn new_passkey(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        answer: &PasskeyAnswer,
    ) -> Result<Result<(String, String), (&'static str, &'static str)>, Unavailable> {
        let state = match handle::read(&answer.ceremony) {
            Some(hash) => {
                let bound = bound_to(Purpose::Add, who);
                ceremony::sql::take(source, handles::spell(&hash), bound, asked.now).await?
            }
            None => None,
        };
        Ok(self.registered_by(who, state, answer))
    }

    /// Checks the current password of a user who is choosing another. A wrong one is recorded.
    pub(super) async fn check_current_password(
        &self,
        asked: &Asked,
        who: &Principal,
        current: Option<SecretText>,
    ) -> Result<(), MethodError> {
        let Some(current) = current else { return Err(MethodError::WrongPassword) };
        if self.right_password(asked, who, current).await.map_err(of_sign_in)?.is_some() {
            return Ok(());
        }
        let (action, words) = (policy::ChoosePassword::NAME, "the current password does not match");
        let fields = RecordFields { action, who: Some(who.into()), allowed: false, code: "wrong_password", words };
        self.ledger.append(self.entry(asked, fields)).await.map_err(unavailable)?;
        Err(MethodError::WrongPassword)
    }

    /// Records that a limit refused a code, after the transaction has ended, and returns how long
    /// to wait.
    pub(super) async fn too_many_codes(&self, asked: &Asked, who: &Principal) -> MethodError {
        let record = (policy::TurnCodesOn::NAME, TriedBy::Known(who.into()));
        match self.may_try(&self.code_limits, asked, Trying::Session(who.session), record).await {
            Ok(()) => MethodError::TooMany(1),
            Err(error) => of_sign_in(error),
        }
    }

    /// Records that a code was wrong, in addition to the decision that allowed the try.
    pub(super) async fn note_wrong_code(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
    ) -> Result<(), Unavailable> {
        let words = "the one-time code does not match";
        let fields = RecordFields {
            action: policy::TurnCodesOn::NAME,
            who: Some(who.into()),
            allowed: false,
            code: "wrong_code",
            words,
        };
        ledger::sql::append_in(source, &self.entry(asked, fields)).await
    }
}
