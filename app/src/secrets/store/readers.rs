//! Who read a secret, and who could: the data for the page, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::SecretUser;
use async_trait::async_trait;
use doorward::{IdentityId, RecordId, Timestamp};

/// Somebody who revealed the present version.
#[derive(Clone, Debug)]
pub struct Reader {
    pub identity: IdentityId,
    /// The sign-in name.
    pub name: String,
    /// When they last revealed it, and the record of that.
    pub at: Timestamp,
    pub record: RecordId,
    /// Whether they could reveal it again now.
    pub may_reveal: bool,
}

/// Who read a secret, and who could.
#[derive(Clone, Debug)]
pub struct Readers {
    /// The secret's name.
    pub name: String,
    pub version: i64,
    /// When the present version was made.
    pub version_since: Timestamp,
    pub readers: Vec<Reader>,
    /// Everybody who knew of the secret at the time that was asked about. `None` if there are too many accounts.
    pub users: Option<Vec<SecretUser>>,
    /// Whether the secret existed at that time.
    pub existed: bool,
    /// From when on changes of policy rows are kept.
    pub kept_since: Option<Timestamp>,
    /// Whether the user may open the records.
    pub may_read_ledger: bool,
}

#[async_trait]
pub trait SecretReaders: Send + Sync {
    async fn readers(&self, permit: Permit<policy::ReadReaders>) -> Result<Readers, StoreError>;
}
