//! A proof that a step-up consumes, in its transaction.

use crate::account::{notices, one_time_codes, passkeys, recovery_codes};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use app::account::notices::NoticeKind;
use doorward::guard::{Asked, Unavailable};
use doorward::{IdentityId, Method, Principal, SecretText};

/// The proof to consume.
pub(super) enum SpentProof {
    /// A password, by its stored hash.
    Password(String),
    /// A one-time code.
    Code(SecretText),
    /// A recovery code.
    RecoveryCode(SecretText),
    Passkey(passkeys::sql::Used),
}

impl SpentProof {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Password(_) => Method::Password,
            Self::Code(_) => Method::PasswordAndCode,
            Self::RecoveryCode(_) => Method::PasswordAndRecoveryCode,
            Self::Passkey(_) => Method::Passkey,
        }
    }

    /// Returns the reason for the record if the proof does not count.
    pub(super) const fn refusal(&self) -> (&'static str, &'static str) {
        match self {
            Self::Password(_) => ("wrong_password", "the password does not match"),
            Self::Code(_) => ("wrong_code", "the one-time code does not match, or was used"),
            Self::RecoveryCode(_) => ("wrong_recovery_code", "the recovery code does not match, or was used"),
            Self::Passkey(_) => ("passkey_gone", "the passkey was removed, or used otherwise, meanwhile"),
        }
    }
}

/// An authenticator app's code has six digits. Anything else may be a recovery code.
pub(super) fn of_code(code: SecretText) -> SpentProof {
    let digits = code.expose().chars().filter(|letter| !letter.is_whitespace());
    let is_short = digits.clone().count() == 6 && digits.clone().all(|letter| letter.is_ascii_digit());
    if is_short { SpentProof::Code(code) } else { SpentProof::RecoveryCode(code) }
}

impl SqlBackend {
    /// Consumes the proof. Returns false if it does not count, or no longer counts.
    pub(super) async fn spend(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        spent: &SpentProof,
    ) -> Result<bool, Unavailable> {
        match spent {
            SpentProof::Password(phc) => {
                Ok(!who.has_second_factor && identities::sql::has_password(source, who.identity, phc).await?)
            }
            SpentProof::Code(code) => self.spend_code(source, asked, who.identity, code).await,
            SpentProof::RecoveryCode(code) => self.spend_recovery_code(source, asked, who, code).await,
            SpentProof::Passkey(used) => passkeys::sql::touch(source, used.clone(), asked.now).await,
        }
    }

    async fn spend_code(
        &self,
        source: &mut Source,
        asked: &Asked,
        identity: IdentityId,
        code: &SecretText,
    ) -> Result<bool, Unavailable> {
        let Some(codes) = one_time_codes::sql::of(source, identity).await?.filter(|codes| codes.confirmed.is_some())
        else {
            return Ok(false);
        };
        let secret = self.one_time_secret(&codes, identity)?;
        match one_time_codes::check(&secret, code.expose(), codes.last_step, asked.now) {
            Some(step) => one_time_codes::sql::use_step(source, identity, step).await,
            None => Ok(false),
        }
    }

    async fn spend_recovery_code(
        &self,
        source: &mut Source,
        asked: &Asked,
        who: &Principal,
        code: &SecretText,
    ) -> Result<bool, Unavailable> {
        let hash = recovery_codes::hash(code.expose());
        if !who.has_second_factor || !recovery_codes::sql::use_up(source, who.identity, hash).await? {
            return Ok(false);
        }
        let about = match recovery_codes::sql::left(source, who.identity).await? {
            0 => "A recovery code of yours was used, and none is left".to_owned(),
            1 => "A recovery code of yours was used, and 1 is left".to_owned(),
            left => format!("A recovery code of yours was used, and {left} are left"),
        };
        notices::add(source, who.identity, NoticeKind::MethodChanged, &about, asked.now, &*self.random).await?;
        Ok(true)
    }
}
