//! Exports of values, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::{BadValue, OpenedValue};
use async_trait::async_trait;
use doorward::{Environment, SecretId, SecretText};

/// The most values in one export.
pub const MOST_EXPORTED: usize = 200;

/// For whom an export is encrypted.
pub enum ExportTo {
    /// The holder of the private key of this public key of age.
    Key(String),
    Passphrase(SecretText),
}

/// A value of an export. Has no `Debug`.
pub struct ExportedValue {
    /// The secret's name.
    pub name: String,
    pub opened: OpenedValue,
}

/// Why there is no export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    To(#[from] BadValue),
    #[error("there is no value that you may export")]
    Nothing,
    #[error("there are more than 200 values; choose a folder")]
    TooMany,
    #[error("there are more than 16 MiB of values; choose a folder")]
    TooLarge,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Exports values.
#[async_trait]
pub trait Exports: Send + Sync {
    /// Returns the environments of which the principal may export values.
    async fn environments_to_export(
        &self,
        permit: Permit<policy::AskToExportValues>,
    ) -> Result<Vec<Environment>, StoreError>;

    /// Returns the secrets whose values are in an export: those that the principal may reveal. Nothing is decrypted for
    /// `to` yet, but it is checked.
    async fn values_to_export(
        &self,
        permit: Permit<policy::ExportValues>,
        to: &ExportTo,
    ) -> Result<Vec<SecretId>, ExportError>;

    /// Returns one value.
    async fn export_value(&self, permit: Permit<policy::ExportValue>) -> Result<ExportedValue, StoreError>;

    /// Encrypts values that were returned.
    async fn encrypt_export(&self, to: ExportTo, values: Vec<ExportedValue>) -> Result<Vec<u8>, ExportError>;
}
