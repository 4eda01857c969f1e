//! Passkeys (WebAuthn Level 3): registering one, and signing in or confirming with one, with user
//! verification.
//!
//! Each is a ceremony of two requests. The first gives a challenge to the browser and a state to
//! the server. The second carries the authenticator's answer, which is checked against that state.
//! The caller, who has a store, is responsible for the rest:
//!
//! - The state stays on the server, bound to the session or the browser that asked. It is removed
//!   *before* it is used, and is not used after [`LIFETIME`], so that a challenge is answered once
//!   and soon.
//! - A credential id is unique across all identities.
//! - A passkey that changed is stored again.
//!
//! `webauthn-rs` takes its challenges from the operating system, not from a
//! [`doorward::Randomness`]. The functions used here read no clock.

mod encoding;
pub mod origin;
pub mod sql;

use crate::http::origins::spell_authority;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::{IdentityId, TimeSpan};
use encoding::{
    answer, handle_of, is_backup_eligible, refused, state_of, stored, to_state, to_text, to_value, used_with,
    user_handle,
};
use serde_json::Value;
use std::time::Duration;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

/// The maximum time between a challenge and its answer. The browser is told the same.
pub const LIFETIME: TimeSpan = TimeSpan::minutes(5);

/// The name that authenticators show.
const RELYING_PARTY: &str = "Doorward";

/// Prefixes of the states of the three ceremonies, so that none is mistaken for another.
const REGISTRATION: &str = "registration ";
const AUTHENTICATION: &str = "authentication ";
const DISCOVERABLE: &str = "discoverable ";

/// Why an origin cannot have passkeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPasskeys {
    #[error("passkeys need a host name; at an IP address browsers offer none (http://localhost works)")]
    Address,
    #[error("passkeys need https://; http:// works at localhost alone")]
    Plain,
    #[error("passkeys need an origin such as https://host")]
    Origin,
}

/// Why a ceremony fails.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    #[error("the passkey's answer cannot be read")]
    Malformed,
    #[error("the stored passkey or the state of its ceremony cannot be read")]
    Stored,
    #[error("this passkey is not registered here")]
    Unknown,
    #[error("the passkey was used without its PIN, fingerprint or face")]
    NotVerified,
    #[error("this passkey may have been copied, and is refused")]
    Copied,
    #[error("the passkey's backup flag changed since it was registered")]
    BackupChanged,
    #[error("the passkey's answer is refused: {0}")]
    Refused(#[source] WebauthnError),
}

/// The first half of a ceremony.
#[derive(Debug)]
pub struct Ceremony {
    /// For the browser: `{"publicKey": …}`. `PublicKeyCredential.parseCreationOptionsFromJSON` and
    /// `parseRequestOptionsFromJSON` read the content of `publicKey`.
    pub challenge: Value,
    /// For the server only: an opaque text, to be passed back with the answer.
    pub state: String,
}

/// A passkey that was just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// Its id in base64url, by which it is looked up.
    pub credential_id: String,
    /// What is stored: JSON with the public key. It is not secret.
    pub passkey: String,
}

/// A passkey that was just used successfully.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Its id in base64url.
    pub credential_id: String,
    /// What to store in place of the passkey, if its counter or backup state changed.
    pub changed: Option<String>,
}

/// The passkey ceremonies of one origin.
pub struct Passkeys {
    webauthn: Webauthn,
    scheme: String,
    authority: String,
}

impl Passkeys {
    /// Creates the ceremonies for `origin`. Its host becomes the relying party id, to which every
    /// passkey is bound permanently.
    ///
    /// # Errors
    /// If browsers do not offer passkeys at such an origin.
    pub fn new(origin: &str) -> Result<Self, NoPasskeys> {
        let url = Url::parse(origin).map_err(|_| NoPasskeys::Origin)?;
        if !url.has_host() || !matches!(url.scheme(), "https" | "http") {
            return Err(NoPasskeys::Origin);
        }
        let host = url.domain().ok_or(NoPasskeys::Address)?;
        if url.scheme() == "http" && host != "localhost" && !host.ends_with(".localhost") {
            return Err(NoPasskeys::Plain);
        }
        let webauthn = WebauthnBuilder::new(host, &url).and_then(|builder| {
            builder.rp_name(RELYING_PARTY).timeout(Duration::from_millis(LIFETIME.0.unsigned_abs())).build()
        });
        let scheme = url.scheme().to_owned();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        webauthn.map(|webauthn| Self { webauthn, scheme, authority }).map_err(|_| NoPasskeys::Origin)
    }

    /// Returns whether a browser that uses this host is at the ceremonies' origin. It could not
    /// finish a ceremony anywhere else.
    #[must_use]
    pub fn are_at(&self, host: &str) -> bool {
        spell_authority(&self.scheme, host) == self.authority
    }

    /// Begins to register a passkey for `identity`, with the names that the authenticator shows.
    ///
    /// `existing` are the ids of its passkeys. Browsers create no second passkey on a device that
    /// holds one of these.
    ///
    /// # Errors
    /// [`PasskeyError::Stored`] if one of `existing` is not an id; [`PasskeyError::Refused`] if a
    /// name is empty.
    pub fn start_registration(
        &self,
        identity: IdentityId,
        name: &str,
        display_name: &str,
        existing: &[String],
    ) -> Result<Ceremony, PasskeyError> {
        let existing: Result<Vec<_>, _> = existing.iter().map(|id| URL_SAFE_NO_PAD.decode(id)).collect();
        let existing = existing.map_err(|_| PasskeyError::Stored)?;
        let started =
            self.webauthn.start_passkey_registration(user_handle(identity), name, display_name, Some(existing));
        let (challenge, state) = started.map_err(refused)?;
        let mut challenge = to_value(&challenge)?;
        // Sign-in without a name needs a passkey that the authenticator stores itself, which the
        // library discourages by default. It is preferred and not required, so that a full security
        // key can still register a passkey for use with a name.
        if let Some(selection) = challenge.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = "preferred".into();
        }
        Ok(Ceremony { challenge, state: to_state(REGISTRATION, &state)? })
    }

    /// Checks the result of `navigator.credentials.create`, as JSON from its `toJSON`.
    ///
    /// # Errors
    /// If `response` is not an answer to the challenge of `state`.
    pub fn finish_registration(&self, response: &str, state: &str) -> Result<NewPasskey, PasskeyError> {
        let response: RegisterPublicKeyCredential = answer(response)?;
        let state: PasskeyRegistration = state_of(REGISTRATION, state)?;
        let passkey = self.webauthn.finish_passkey_registration(&response, &state).map_err(refused)?;
        Ok(NewPasskey { credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()), passkey: to_text(&passkey)? })
    }

    /// Begins a sign-in or a confirmation with one of `passkeys`, which all belong to one identity.
    ///
    /// # Errors
    /// [`PasskeyError::Unknown`] if there are none; [`PasskeyError::Stored`].
    pub fn start_authentication(&self, passkeys: &[String]) -> Result<Ceremony, PasskeyError> {
        if passkeys.is_empty() {
            return Err(PasskeyError::Unknown);
        }
        let passkeys: Vec<Passkey> = passkeys.iter().map(|passkey| stored(passkey)).collect::<Result<_, _>>()?;
        let (challenge, state) = self.webauthn.start_passkey_authentication(&passkeys).map_err(refused)?;
        Ok(Ceremony { challenge: to_value(&challenge)?, state: to_state(AUTHENTICATION, &state)? })
    }

    /// Checks the result of `navigator.credentials.get` if `identity` was known. `passkeys` are the
    /// ones it has now.
    ///
    /// # Errors
    /// If `response` is not an answer to the challenge of `state` by one of `passkeys`.
    pub fn finish_authentication(
        &self,
        response: &str,
        state: &str,
        identity: IdentityId,
        passkeys: &[String],
    ) -> Result<Used, PasskeyError> {
        let response: PublicKeyCredential = answer(response)?;
        let state: PasskeyAuthentication = state_of(AUTHENTICATION, state)?;
        // An authenticator may omit the user handle, but must not name another user.
        if handle_of(&response).is_some_and(|handle| handle != user_handle(identity).as_bytes()) {
            return Err(PasskeyError::Unknown);
        }
        let passkeys: Vec<Passkey> = passkeys.iter().map(|passkey| stored(passkey)).collect::<Result<_, _>>()?;
        // Only current passkeys count, not one that was removed since the challenge.
        let used = passkeys.into_iter().find(|passkey| passkey.cred_id() == response.get_credential_id());
        let used = used.ok_or(PasskeyError::Unknown)?;
        let result = self.webauthn.finish_passkey_authentication(&response, &state).map_err(refused)?;
        // The library accepts a backup-eligible flag that changed to true here, but not at a
        // sign-in without a name. WebAuthn Level 3, section 7.2, step 19 refuses it, so both are
        // refused here.
        if is_backup_eligible(&used)? != result.backup_eligible() {
            return Err(PasskeyError::BackupChanged);
        }
        used_with(used, &result)
    }

    /// Begins a sign-in without a name: the authenticator says who the user is.
    ///
    /// The challenge asks for a dialog. A page that offers passkeys in a field's autofill adds
    /// `mediation: "conditional"`.
    ///
    /// # Errors
    /// None that input could bring about.
    pub fn start_discoverable(&self) -> Result<Ceremony, PasskeyError> {
        let (mut challenge, state) = self.webauthn.start_discoverable_authentication().map_err(refused)?;
        challenge.mediation = None;
        Ok(Ceremony { challenge: to_value(&challenge)?, state: to_state(DISCOVERABLE, &state)? })
    }

    /// Checks the result of `navigator.credentials.get` if its [`credential_id`] led to `passkey`,
    /// which belongs to `identity`.
    ///
    /// # Errors
    /// If `response` is not an answer to the challenge of `state` by `passkey`, or names another
    /// identity.
    pub fn finish_discoverable(
        &self,
        response: &str,
        state: &str,
        identity: IdentityId,
        passkey: &str,
    ) -> Result<Used, PasskeyError> {
        let response: PublicKeyCredential = answer(response)?;
        let state: DiscoverableAuthentication = state_of(DISCOVERABLE, state)?;
        let passkey: Passkey = stored(passkey)?;
        // WebAuthn Level 3, section 7.2, step 6: in this case the user handle must be present and
        // be the owner's.
        if handle_of(&response) != Some(user_handle(identity).as_bytes()) {
            return Err(PasskeyError::Unknown);
        }
        let result =
            self.webauthn.finish_discoverable_authentication_v2(&response, state, &passkey).map_err(refused)?;
        used_with(passkey, &result)
    }
}

/// Returns the id, in base64url, of the passkey that `response` claims to be from. Nothing in it is
/// checked yet.
///
/// # Errors
/// [`PasskeyError::Malformed`].
pub fn credential_id(response: &str) -> Result<String, PasskeyError> {
    let response: PublicKeyCredential = answer(response)?;
    Ok(URL_SAFE_NO_PAD.encode(response.get_credential_id()))
}

#[cfg(test)]
mod tests;
