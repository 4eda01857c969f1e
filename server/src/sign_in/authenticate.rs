//! Sign-in, confirmation and set-up: what is checked before a session begins or continues.

use crate::account::password::{PasswordError, Verdict, check_new_password};
use crate::account::{one_time_codes, passkeys, recovery_codes};
use crate::backend::SqlBackend;
use crate::identities;
use crate::sign_in::known_browsers::{KnownBrowsers, Strength};
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::{SignInLimits, Trying};
use crate::sign_in::session_start::{Shown, gone};
use app::backend::{Permit, StoreError};
use app::page::form;
use app::sign_in::policy;
use app::sign_in::store::{
    Authentication, PasskeyAnswer, Proof, SetUpError, SetUpState, SignInError, SignedIn, WaysToConfirm,
};
use async_trait::async_trait;
use doorward::guard::{Asked, Unavailable};
use doorward::{BadSignInName, Method, SecretText, SignInName};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};

/// Normalizes what was typed as a sign-in name, which may be none.
#[must_use]
pub fn spell_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Returns whether a normalized text is a valid sign-in name.
#[must_use]
pub fn is_a_name(name: &str) -> bool {
    SignInName::parse(name).is_ok()
}

pub(crate) fn address_of(asked: &Asked) -> IpAddr {
    // Requests without an address (from a local socket) share one limit.
    asked.place.address.as_deref().and_then(|text| text.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

pub(crate) fn of_password(error: PasswordError) -> SignInError {
    match error {
        PasswordError::Busy => SignInError::TooMany(1),
        error => {
            tracing::error!(%error, "a password could not be checked");
            SignInError::Unavailable
        }
    }
}

/// The action name in records of a sign-in.
pub(crate) const START: &str = "session.start";
/// The action name in records of a set-up.
pub(super) const SET_UP: &str = "identity.set_up";
/// The name under which tries at the set-up code are counted. No account can have it.
const SET_UP_TRIES: &str = "the set-up code";

impl SqlBackend {
    /// Returns the verifier of known-browser marks.
    pub(crate) fn known_browsers(&self) -> KnownBrowsers {
        KnownBrowsers::new(self.vault.known_browser_keys())
    }

    /// Returns which limits apply to a try at the account `name`: a known browser's, if its mark is
    /// strong enough, or a stranger's.
    pub(crate) fn trying<'a>(&self, asked: &Asked, marks: &str, name: &'a str, least: Strength) -> Trying<'a> {
        match self.known_browsers().find(marks, name, least, asked.now) {
            Some(browser) => Trying::Known(browser),
            None => Trying::Stranger(name, address_of(asked)),
        }
    }

    /// Counts a try. Records it if it is refused.
    pub(crate) async fn may_try(
        &self,
        limits: &SignInLimits,
        asked: &Asked,
        who: Trying<'_>,
        record: (&'static str, TriedBy<'_>),
    ) -> Result<(), SignInError> {
        let Err(wait) = limits.check_and_count(who, asked.now) else { return Ok(()) };
        self.record_limit(asked, record.0, record.1).await.map_err(gone)?;
        Err(SignInError::TooMany(u32::try_from(wait.0).unwrap_or(u32::MAX)))
    }

    /// Counts a challenge for sign-in, before the account is known.
    pub(crate) async fn may_ask(&self, asked: &Asked, marks: &str) -> Result<(), SignInError> {
        let known = self.known_browsers().find_any(marks, asked.now).map(Trying::Known);
        let who = known.unwrap_or_else(|| Trying::Network(address_of(asked)));
        self.may_try(&self.limits, asked, who, (START, TriedBy::Nobody)).await
    }

    /// Returns the response if a password could not be checked. A full queue counts as a limit and
    /// is recorded as one.
    pub(crate) async fn unchecked(
        &self,
        asked: &Asked,
        record: (&'static str, TriedBy<'_>),
        error: PasswordError,
    ) -> SignInError {
        if error == PasswordError::Busy
            && let Err(unavailable) = self.record_limit(asked, record.0, record.1).await
        {
            return gone(unavailable);
        }
        of_password(error)
    }
}

/// Returns the hash under which a set-up code is stored.
#[must_use]
pub fn hash_of_code(code: &SecretText) -> String {
    Sha256::digest(code.expose().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait]
impl Authentication for SqlBackend {
    async fn sign_in(
        &self,
        asked: &Asked,
        marks: &str,
        name: &str,
        password: SecretText,
    ) -> Result<SignedIn, SignInError> {
        let name = spell_name(name);
        let who = self.trying(asked, marks, &name, Strength::OneFactor);
        self.may_try(&self.limits, asked, who, (START, TriedBy::Typed(&name))).await?;
        self.look_for_replay(asked).await.map_err(gone)?;
        // A text that is not a valid name is checked against the decoy hash, like an unknown name,
        // so that it takes as long.
        let candidate = match is_a_name(&name) {
            true => identities::sql::by_name(&mut self.reader(), &name).await.map_err(gone)?,
            false => None,
        };
        let stored = candidate.as_ref().and_then(|candidate| candidate.phc.as_deref());
        let verdict = match self.passwords.verify(stored, password).await {
            Ok(verdict) => verdict,
            Err(error) => return Err(self.unchecked(asked, (START, TriedBy::Typed(&name)), error).await),
        };
        match (candidate, verdict) {
            (Some(candidate), Verdict::Right { rehash }) if !candidate.frozen => {
                // An unfinished sign-in gives no tries back. Otherwise somebody who knows only the
                // password could repeat it forever.
                if !candidate.second_factor {
                    self.limits.succeeded(who, asked.now);
                }
                let (identity, phc) = (candidate.identity, candidate.phc);
                let shown = Shown { identity, name, method: Method::Password, phc, rehash, passkey: None };
                self.begin(asked, marks, shown).await
            }
            (Some(candidate), Verdict::Right { .. }) => {
                let whom = Some((candidate.identity, name.as_str()));
                Err(self.refuse(asked, whom, ("identity_frozen", "the identity is frozen")).await)
            }
            (Some(candidate), Verdict::Wrong) => {
                let whom = Some((candidate.identity, name.as_str()));
                Err(self.refuse(asked, whom, ("wrong_password", "the password does not match")).await)
            }
            (None, _) => Err(self.refuse(asked, None, ("unknown_name", "nobody has this name")).await),
        }
    }

    async fn sign_in_by_passkey(
        &self,
        asked: &Asked,
        marks: &str,
        answer: PasskeyAnswer,
    ) -> Result<SignedIn, SignInError> {
        self.sign_in_by(asked, marks, &answer).await
    }

    async fn ways_to_confirm(&self, permit: Permit<policy::Confirm>) -> Result<WaysToConfirm, StoreError> {
        let who = permit.principal();
        if !who.has_second_factor {
            return Ok(WaysToConfirm { password: true, ..WaysToConfirm::default() });
        }
        let mut source = self.reader();
        let codes = one_time_codes::sql::of(&mut source, who.identity).await?;
        Ok(WaysToConfirm {
            password: false,
            code: codes.is_some_and(|codes| codes.confirmed.is_some()),
            recovery_code: recovery_codes::sql::left(&mut source, who.identity).await? > 0,
            passkey: self.passkeys.is_some() && !passkeys::sql::of(&mut source, who.identity).await?.is_empty(),
            code_needs_password: who.assurance.method == Method::Passkey,
        })
    }

    async fn confirm(
        &self,
        asked: &Asked,
        marks: &str,
        permit: Permit<policy::Confirm>,
        proof: Proof,
    ) -> Result<SignedIn, SignInError> {
        self.confirm_by(asked, marks, permit.principal(), proof).await
    }

    async fn may_set_up(&self, asked: &Asked, code: &str) -> Result<SetUpState, SetUpError> {
        let gone = |Unavailable| SetUpError::Unavailable;
        if self.set_up_is_done().await.map_err(gone)? {
            return Ok(SetUpState::Done);
        }
        if code.is_empty() {
            return Ok(SetUpState::BadCode);
        }
        let who = Trying::Stranger(SET_UP_TRIES, address_of(asked));
        self.may_try(&self.limits, asked, who, (SET_UP, TriedBy::Nobody)).await.map_err(of_set_up)?;
        if !self.set_up_code_counts(asked, code).await.map_err(gone)? {
            return Err(self.refuse_set_up(asked, SetUpState::BadCode).await);
        }
        self.limits.succeeded(who, asked.now);
        Ok(SetUpState::Open)
    }

    async fn set_up(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: &str,
        password: SecretText,
    ) -> Result<String, SetUpError> {
        // The code is checked first: without it, nothing else is answered.
        if self.may_set_up(asked, code.expose()).await? == SetUpState::Done {
            return Err(SetUpError::Done);
        }
        let name = spell_name(name);
        if !is_a_name(&name) {
            let message = form::sentence(&BadSignInName.to_string());
            return Err(SetUpError::Invalid { field: "name", message });
        }
        check_new_password(&password, &name)
            .map_err(|error| SetUpError::Invalid { field: "password", message: form::sentence(&error.to_string()) })?;
        self.look_for_replay(asked).await.map_err(|Unavailable| SetUpError::Unavailable)?;
        let phc = match self.passwords.hash(&password).await {
            Ok(phc) => phc,
            Err(error) => return Err(of_set_up(self.unchecked(asked, (SET_UP, TriedBy::Nobody), error).await)),
        };
        match self.make_first(asked, code, name.clone(), phc).await.map_err(|Unavailable| SetUpError::Unavailable)? {
            SetUpState::Open => Ok(name),
            state => Err(self.refuse_set_up(asked, state).await),
        }
    }
}

const fn of_set_up(error: SignInError) -> SetUpError {
    match error {
        SignInError::Wrong | SignInError::PasskeyChanged | SignInError::Full => SetUpError::BadCode,
        SignInError::TooMany(wait) => SetUpError::TooMany(wait),
        SignInError::Unavailable => SetUpError::Unavailable,
    }
}
