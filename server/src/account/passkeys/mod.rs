//! Passkeys (WebAuthn Level 3): registering one, and signing in or confirming with one, with user verification.
//!
//! Each is a ceremony of two requests. The first gives a challenge to the browser and a state to the server; the
//! second brings the authenticator's answer, which is checked against that state. Its caller, who has a store,
//! sees to the rest:
//!
//! - The state stays on the server, bound to the session or the browser that asked. It is taken away *before* it is
//!   used, and is not used after [`LIFETIME`], so that a challenge is answered once and soon.
//! - A credential id is unique among all identities.
//! - A passkey that changed is stored anew.
//!
//! `webauthn-rs` draws its challenges from the operating system: it takes no [`doorward::Randomness`]. It reads no
//! clock for what is used here.

pub mod sql;

use crate::http::origins::spell_authority;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::{IdentityId, TimeSpan};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

/// How long a ceremony may take from its challenge to its answer; the browser is told the same.
pub const LIFETIME: TimeSpan = TimeSpan::minutes(5);

/// The name that authenticators show.
const RELYING_PARTY: &str = "Doorward";

/// What the states of the three ceremonies begin with, so that none is taken for another's.
const REGISTRATION: &str = "registration ";
const AUTHENTICATION: &str = "authentication ";
const DISCOVERABLE: &str = "discoverable ";

/// Why there are no passkeys at an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPasskeys {
    /// Its host is an IP address, which can be no relying party's id.
    #[error("passkeys need a host name; at an IP address browsers offer none (http://localhost works)")]
    Address,
    /// It is plain HTTP to another host than this machine's `localhost`.
    #[error("passkeys need https://; http:// works at localhost alone")]
    Plain,
    /// It is no origin of a web page.
    #[error("passkeys need an origin such as https://host")]
    Origin,
}

/// Why a ceremony comes to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// What the browser sent is no answer of an authenticator; answered 400.
    #[error("the passkey's answer cannot be read")]
    Malformed,
    /// What the server kept, a state or a passkey, cannot be read or is another ceremony's.
    #[error("the stored passkey or the state of its ceremony cannot be read")]
    Stored,
    /// The passkey is none of those that may answer, or another identity's.
    #[error("this passkey is not registered here")]
    Unknown,
    /// The authenticator did not make sure that its owner is there, by PIN or body.
    #[error("the passkey was used without its PIN, fingerprint or face")]
    NotVerified,
    /// Its counter did not go up: there may be a copy (WebAuthn Level 3, 6.1.1). Worth a record and an alarm.
    #[error("this passkey may have been copied, and is refused")]
    Copied,
    /// It was registered as one that may be backed up, or as one that may not, and says otherwise now.
    #[error("the passkey's backup flag changed since it was registered")]
    BackupChanged,
    /// Another challenge, origin or key, or a signature that is wrong.
    #[error("the passkey's answer is refused: {0}")]
    Refused(#[source] WebauthnError),
}

/// The first half of a ceremony.
#[derive(Debug)]
pub struct Ceremony {
    /// For the browser: `{"publicKey": …}`, as `PublicKeyCredential.parseCreationOptionsFromJSON` and
    /// `parseRequestOptionsFromJSON` read what is in `publicKey`.
    pub challenge: Value,
    /// For the server alone: an opaque text, to be given back with the answer.
    pub state: String,
}

/// A passkey that was just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// Its id in base64url, by which it is found.
    pub credential_id: String,
    /// What is stored of it: JSON with its public key, which is no secret.
    pub passkey: String,
}

/// A passkey that was just used, rightly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Its id in base64url.
    pub credential_id: String,
    /// What is to be stored in place of the passkey, where its counter or its backup state changed.
    pub changed: Option<String>,
}

/// The ceremonies at one origin.
pub struct Passkeys {
    webauthn: Webauthn,
    scheme: String,
    authority: String,
}

impl Passkeys {
    /// The ceremonies at `origin`; its host is the relying party's id, to which every passkey is bound for good.
    ///
    /// # Errors
    /// Where browsers offer no passkeys at such an origin.
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

    /// Whether a browser that asks this host is at the origin of these ceremonies: nowhere else could it finish one.
    #[must_use]
    pub fn are_at(&self, host: &str) -> bool {
        spell_authority(&self.scheme, host) == self.authority
    }

    /// Begins to register a passkey for `identity`, with the names that its authenticator shows.
    ///
    /// `existing` are the ids of the passkeys it has; browsers make no second one on a device that holds one of them.
    ///
    /// # Errors
    /// [`PasskeyError::Stored`] where one of `existing` is no id; [`PasskeyError::Refused`] where a name is empty.
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
        // The library discourages what sign-in without a name needs: a passkey that the authenticator itself keeps.
        // Preferred and not required, so that a full security key still makes one for use behind a name.
        if let Some(selection) = challenge.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = "preferred".into();
        }
        Ok(Ceremony { challenge, state: to_state(REGISTRATION, &state)? })
    }

    /// Checks what `navigator.credentials.create` gave, as the JSON of its `toJSON`.
    ///
    /// # Errors
    /// Where `response` is not an answer to the challenge of `state`.
    pub fn finish_registration(&self, response: &str, state: &str) -> Result<NewPasskey, PasskeyError> {
        let response: RegisterPublicKeyCredential = answer(response)?;
        let state: PasskeyRegistration = state_of(REGISTRATION, state)?;
        let passkey = self.webauthn.finish_passkey_registration(&response, &state).map_err(refused)?;
        Ok(NewPasskey { credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()), passkey: to_text(&passkey)? })
    }

    /// Begins a sign-in or a confirmation with one of `passkeys`, which are all of one identity's.
    ///
    /// # Errors
    /// [`PasskeyError::Unknown`] where there are none; [`PasskeyError::Stored`].
    pub fn start_authentication(&self, passkeys: &[String]) -> Result<Ceremony, PasskeyError> {
        if passkeys.is_empty() {
            return Err(PasskeyError::Unknown);
        }
        let passkeys: Vec<Passkey> = passkeys.iter().map(|passkey| stored(passkey)).collect::<Result<_, _>>()?;
        let (challenge, state) = self.webauthn.start_passkey_authentication(&passkeys).map_err(refused)?;
        Ok(Ceremony { challenge: to_value(&challenge)?, state: to_state(AUTHENTICATION, &state)? })
    }

    /// Checks what `navigator.credentials.get` gave, where `identity` was known and has `passkeys` now.
    ///
    /// # Errors
    /// Where `response` is not an answer to the challenge of `state` by one of `passkeys`.
    pub fn finish_authentication(
        &self,
        response: &str,
        state: &str,
        identity: IdentityId,
        passkeys: &[String],
    ) -> Result<Used, PasskeyError> {
        let response: PublicKeyCredential = answer(response)?;
        let state: PasskeyAuthentication = state_of(AUTHENTICATION, state)?;
        // An authenticator may leave the handle out, but may not say that it is somebody else's.
        if handle_of(&response).is_some_and(|handle| handle != user_handle(identity).as_bytes()) {
            return Err(PasskeyError::Unknown);
        }
        let passkeys: Vec<Passkey> = passkeys.iter().map(|passkey| stored(passkey)).collect::<Result<_, _>>()?;
        // Looked for among those of now: one that was removed since the challenge does not count.
        let used = passkeys.into_iter().find(|passkey| passkey.cred_id() == response.get_credential_id());
        let used = used.ok_or(PasskeyError::Unknown)?;
        let result = self.webauthn.finish_passkey_authentication(&response, &state).map_err(refused)?;
        // The library lets a flag that was raised pass here and not at a sign-in without a name. WebAuthn Level 3, 7.2,
        // step 19 refuses it, and one passkey gets one outcome.
        if is_backup_eligible(&used)? != result.backup_eligible() {
            return Err(PasskeyError::BackupChanged);
        }
        used_with(used, &result)
    }

    /// Begins a sign-in without a name: the authenticator knows who it is.
    ///
    /// The challenge asks for a dialogue; a page that offers passkeys within a field adds `mediation: "conditional"`.
    ///
    /// # Errors
    /// None that input could bring about.
    pub fn start_discoverable(&self) -> Result<Ceremony, PasskeyError> {
        let (mut challenge, state) = self.webauthn.start_discoverable_authentication().map_err(refused)?;
        challenge.mediation = None;
        Ok(Ceremony { challenge: to_value(&challenge)?, state: to_state(DISCOVERABLE, &state)? })
    }

    /// Checks what `navigator.credentials.get` gave, where [`credential_id`] of it led to `passkey`, which is
    /// `identity`'s.
    ///
    /// # Errors
    /// Where `response` is not an answer to the challenge of `state` by `passkey`, or names another identity.
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
        // WebAuthn Level 3, 7.2, step 6: here the handle must be there, and be the owner's.
        if handle_of(&response) != Some(user_handle(identity).as_bytes()) {
            return Err(PasskeyError::Unknown);
        }
        let result =
            self.webauthn.finish_discoverable_authentication_v2(&response, state, &passkey).map_err(refused)?;
        used_with(passkey, &result)
    }
}

/// The id, in base64url, of the passkey that `response` says it is from; nothing of it is checked yet.
///
/// # Errors
/// [`PasskeyError::Malformed`].
pub fn credential_id(response: &str) -> Result<String, PasskeyError> {
    let response: PublicKeyCredential = answer(response)?;
    Ok(URL_SAFE_NO_PAD.encode(response.get_credential_id()))
}

/// What authenticators keep as the user's id: always the same, and nothing about the person (Level 3, 14.6.1).
fn user_handle(identity: IdentityId) -> Uuid {
    let digest = Sha256::new().chain_update(b"doorward passkey user 1").chain_update(identity.as_str()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

/// The handle in an answer; some authenticators send an empty one for none.
fn handle_of(response: &PublicKeyCredential) -> Option<&[u8]> {
    response.get_user_unique_id().filter(|handle| !handle.is_empty())
}

fn used_with(mut passkey: Passkey, result: &AuthenticationResult) -> Result<Used, PasskeyError> {
    // The policy asked for it and the library checked it; a sign-in is too much to rest on that alone.
    if !result.user_verified() {
        return Err(PasskeyError::NotVerified);
    }
    let changed = passkey.update_credential(result).ok_or(PasskeyError::Unknown)?;
    let changed = changed.then(|| to_text(&passkey)).transpose()?;
    Ok(Used { credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()), changed })
}

/// Whether a passkey said at its registration that it may be backed up. The library tells that only in its JSON.
fn is_backup_eligible(passkey: &Passkey) -> Result<bool, PasskeyError> {
    let flag = to_value(passkey)?.pointer("/cred/backup_eligible").and_then(Value::as_bool);
    flag.ok_or(PasskeyError::Stored)
}

fn refused(error: WebauthnError) -> PasskeyError {
    match error {
        WebauthnError::CredentialBackupEligibilityInconsistent | WebauthnError::CredentialMayNotBeHardwareBound => {
            PasskeyError::BackupChanged
        }
        WebauthnError::CredentialNotFound => PasskeyError::Unknown,
        WebauthnError::UserNotVerified => PasskeyError::NotVerified,
        WebauthnError::CredentialPossibleCompromise => PasskeyError::Copied,
        other => PasskeyError::Refused(other),
    }
}

fn answer<T: DeserializeOwned>(response: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(response).map_err(|_| PasskeyError::Malformed)
}

fn stored<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(text).map_err(|_| PasskeyError::Stored)
}

fn state_of<T: DeserializeOwned>(kind: &str, text: &str) -> Result<T, PasskeyError> {
    stored(text.strip_prefix(kind).ok_or(PasskeyError::Stored)?)
}

fn to_state(kind: &str, state: &impl Serialize) -> Result<String, PasskeyError> {
    Ok(kind.to_owned() + &to_text(state)?)
}

fn to_text(value: &impl Serialize) -> Result<String, PasskeyError> {
    serde_json::to_string(value).map_err(|_| PasskeyError::Stored)
}

fn to_value(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::Stored)
}

#[cfg(test)]
mod tests;
