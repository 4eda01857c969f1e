//! How passkeys, the states of ceremonies and the answers of browsers are written and read.

use super::{PasskeyError, Used};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::IdentityId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use webauthn_rs::prelude::{AuthenticationResult, Passkey, PublicKeyCredential, Uuid, WebauthnError};

/// Returns the user id that authenticators store: stable, and without personal information
/// (WebAuthn Level 3, section 14.6.1).
pub(super) fn user_handle(identity: IdentityId) -> Uuid {
    let digest = Sha256::new().chain_update(b"doorward passkey user 1").chain_update(identity.as_str()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

/// Returns the user handle in a response. Some authenticators send an empty one instead of none.
pub(super) fn handle_of(response: &PublicKeyCredential) -> Option<&[u8]> {
    response.get_user_unique_id().filter(|handle| !handle.is_empty())
}

pub(super) fn used_with(mut passkey: Passkey, result: &AuthenticationResult) -> Result<Used, PasskeyError> {
    // The policy requires user verification and the library checks it. It is checked again here,
    // because sign-in must not rest on the library alone.
    if !result.user_verified() {
        return Err(PasskeyError::NotVerified);
    }
    let changed = passkey.update_credential(result).ok_or(PasskeyError::Unknown)?;
    let changed = changed.then(|| to_text(&passkey)).transpose()?;
    Ok(Used { credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()), changed })
}

/// Returns whether a passkey was backup-eligible at registration. The library exposes that only in
/// its JSON.
pub(super) fn is_backup_eligible(passkey: &Passkey) -> Result<bool, PasskeyError> {
    let flag = to_value(passkey)?.pointer("/cred/backup_eligible").and_then(Value::as_bool);
    flag.ok_or(PasskeyError::Stored)
}

pub(super) fn refused(error: WebauthnError) -> PasskeyError {
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

pub(super) fn answer<T: DeserializeOwned>(response: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(response).map_err(|_| PasskeyError::Malformed)
}

pub(super) fn stored<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(text).map_err(|_| PasskeyError::Stored)
}

pub(super) fn state_of<T: DeserializeOwned>(kind: &str, text: &str) -> Result<T, PasskeyError> {
    stored(text.strip_prefix(kind).ok_or(PasskeyError::Stored)?)
}

pub(super) fn to_state(kind: &str, state: &impl Serialize) -> Result<String, PasskeyError> {
    Ok(kind.to_owned() + &to_text(state)?)
}

pub(super) fn to_text(value: &impl Serialize) -> Result<String, PasskeyError> {
    serde_json::to_string(value).map_err(|_| PasskeyError::Stored)
}

pub(super) fn to_value(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::Stored)
}
