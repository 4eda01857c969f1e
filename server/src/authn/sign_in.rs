//! Sign-in, confirmation and set-up: what is checked before a session begins or goes on.

use super::password::{PasswordError, Verdict, check_new_password};
use super::session_start::{Said, Shown, gone};
use crate::store::backend::SqlBackend;
use crate::store::identities::{self, NewIdentity};
use crate::store::{Source, ledger, one_time_codes, passkeys, recovery_codes, set_up};
use app::door::Permit;
use app::pages::confirm::can;
use app::store::{Authentication, PasskeyAnswer, Proof, SetUpError, SignInError, SignedIn, StoreError, WaysToConfirm};
use async_trait::async_trait;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use doorward::{IdentityId, Kind, Method, SecretText, Within};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};

/// The longest name that is looked up.
const LONGEST_NAME: usize = 64;

/// A sign-in name in its one spelling.
#[must_use]
pub fn spell_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether a text can be a sign-in name.
#[must_use]
pub fn is_a_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_.@".contains(letter);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain)
}

fn address_of(asked: &Asked) -> IpAddr {
    // A request without an address (a socket of this machine) shares one limit with all others of its kind.
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

impl SqlBackend {
    pub(super) fn may_try(&self, asked: &Asked, name: &str) -> Result<(), SignInError> {
        let tried = self.limits.check_and_count(name, address_of(asked), asked.now);
        tried.map_err(|wait| SignInError::TooMany(u32::try_from(wait.0).unwrap_or(u32::MAX)))
    }

    /// The same for codes, of which there are few enough to guess for whoever has all the time.
    pub(crate) fn may_try_code(&self, asked: &Asked, name: &str) -> Result<(), SignInError> {
        let tried = self.code_limits.check_and_count(name, address_of(asked), asked.now);
        tried.map_err(|wait| SignInError::TooMany(u32::try_from(wait.0).unwrap_or(u32::MAX)))
    }

    /// The same for challenges: by address alone, for nobody has said who they are. The seconds to wait where it may not.
    pub(super) fn may_ask(&self, asked: &Asked) -> Result<(), u32> {
        let asked = self.limits.check_and_count_address(address_of(asked), asked.now);
        asked.map_err(|wait| u32::try_from(wait.0).unwrap_or(u32::MAX))
    }

    async fn make_first(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: String,
        phc: String,
    ) -> Result<bool, Unavailable> {
        let mut source = Source::writer(&self.database).await?;
        let counts = set_up::take(&mut source, hash_of_code(code), asked.now).await?;
        if !counts || !identities::nobody_yet(&mut source).await? {
            return Ok(false);
        }
        let id = IdentityId::new(asked.now, &*self.random);
        let who = Who {
            identity: id,
            name: name.clone().into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        };
        let roles = vec!["administrator".to_owned()];
        let new = NewIdentity {
            id,
            kind: Kind::Person,
            display_name: name.clone(),
            name,
            phc,
            roles,
            within: Within::Everywhere,
        };
        identities::add(&mut source, new, asked.now).await?;
        let (code, words) = ("set_up_link", "by the set-up link");
        let said = Said { action: "identity.set_up", who: Some(who), allowed: true, code, words };
        ledger::append_in(&mut source, &self.entry(asked, said)).await?;
        source.commit().await.map(|()| true)
    }
}

/// The hash under which a set-up code is kept.
#[must_use]
pub fn hash_of_code(code: &SecretText) -> String {
    Sha256::digest(code.expose().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait]
impl Authentication for SqlBackend {
    async fn sign_in(&self, asked: &Asked, name: &str, password: SecretText) -> Result<SignedIn, SignInError> {
        let name = spell_name(name);
        self.may_try(asked, &name)?;
        self.look_for_replay(asked).await.map_err(gone)?;
        // A text that is no name is checked against the decoy like a name that nobody has, so that it takes as long.
        let candidate = match is_a_name(&name) {
            true => identities::by_name(&mut self.reader(), &name).await.map_err(gone)?,
            false => None,
        };
        let stored = candidate.as_ref().and_then(|candidate| candidate.phc.as_deref());
        let verdict = self.passwords.verify(stored, password).await.map_err(of_password)?;
        match (candidate, verdict) {
            (Some(candidate), Verdict::Right { rehash }) if !candidate.frozen => {
                self.limits.succeeded(&name);
                let (identity, phc) = (candidate.identity, candidate.phc);
                let shown = Shown { identity, name, method: Method::Password, phc, rehash, passkey: None };
                self.begin(asked, shown).await
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

    async fn sign_in_by_passkey(&self, asked: &Asked, answer: PasskeyAnswer) -> Result<SignedIn, SignInError> {
        self.sign_in_by(asked, &answer).await
    }

    async fn ways_to_confirm(&self, permit: Permit<can::Confirm>) -> Result<WaysToConfirm, StoreError> {
        let who = permit.principal();
        if !who.has_second_factor {
            return Ok(WaysToConfirm { password: true, ..WaysToConfirm::default() });
        }
        let mut source = self.reader();
        let codes = one_time_codes::of(&mut source, who.identity).await?;
        Ok(WaysToConfirm {
            password: false,
            code: codes.is_some_and(|codes| codes.confirmed.is_some()),
            recovery_code: recovery_codes::left(&mut source, who.identity).await? > 0,
            passkey: self.passkeys.is_some() && !passkeys::of(&mut source, who.identity).await?.is_empty(),
            code_needs_password: who.assurance.method == Method::Passkey,
        })
    }

    async fn confirm(
        &self,
        asked: &Asked,
        permit: Permit<can::Confirm>,
        proof: Proof,
    ) -> Result<SignedIn, SignInError> {
        self.confirm_by(asked, permit.principal(), proof).await
    }

    async fn set_up(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: &str,
        password: SecretText,
    ) -> Result<(), SetUpError> {
        let name = spell_name(name);
        if !is_a_name(&name) {
            let message = "A name has letters, digits and - _ . @ and at most 64 characters.".to_owned();
            return Err(SetUpError::Invalid { field: "name", message });
        }
        check_new_password(&password, &name).map_err(|error| SetUpError::Invalid {
            field: "password",
            message: app::form::sentence(&error.to_string()),
        })?;
        self.may_try(asked, "set-up").map_err(of_set_up)?;
        self.look_for_replay(asked).await.map_err(|Unavailable| SetUpError::Unavailable)?;
        let phc = self.passwords.hash(&password).await.map_err(of_password).map_err(of_set_up)?;
        let made = self.make_first(asked, code, name, phc).await.map_err(|Unavailable| SetUpError::Unavailable)?;
        made.then_some(()).ok_or(SetUpError::BadCode)
    }
}

const fn of_set_up(error: SignInError) -> SetUpError {
    match error {
        SignInError::Wrong | SignInError::Full => SetUpError::BadCode,
        SignInError::TooMany(wait) => SetUpError::TooMany(wait),
        SignInError::Unavailable => SetUpError::Unavailable,
    }
}
