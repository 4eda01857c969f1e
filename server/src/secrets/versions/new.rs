//! Adds a version with a new value.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::secrets::generate::store_public_part;
use crate::secrets::values::{self, Prepared, Target};
use crate::secrets::{self, versions};
use app::backend::StoreError;
use app::secrets::store::{GivenValue, RotateError};
use doorward::ledger::Outcome;
use doorward::{IdentityId, SecretId, Timestamp};

pub struct NewVersion<'a> {
    pub id: SecretId,
    /// `None` if the command line adds it.
    pub by: Option<IdentityId>,
    pub now: Timestamp,
    pub value: GivenValue,
    /// The public part, if the value is the private part of a key pair.
    pub public: Option<String>,
    /// The reason that was stated.
    pub why: &'a str,
    /// The version that the form was made from.
    pub over: Option<i64>,
}

impl SqlBackend {
    /// Adds a version of the secret's kind in the transaction of `source`, and returns its number.
    pub(in crate::secrets) async fn add_version(
        &self,
        source: &mut Source,
        new: NewVersion<'_>,
    ) -> Result<i64, RotateError> {
        let NewVersion { id, by, now, value, public, why, over } = new;
        let next = secrets::sql::next_version(source, id, now).await.map_err(StoreError::from)?;
        let (version, environment) = next.ok_or(StoreError::Gone)?;
        let later = versions::sql::later_change(source, id, version, over).await.map_err(StoreError::from)?;
        if let Some(change) = later {
            return Err(RotateError::Stale(change));
        }
        let kind = values::sql::kind(source, id).await.map_err(StoreError::from)?.ok_or(StoreError::Gone)?;
        let prepared = Prepared::new(kind, value)?;
        let target = Target { secret: id, version, environment: &environment, by };
        self.store_version(source, &target, &prepared, now).await.map_err(StoreError::from)?;
        store_public_part(source, id, version, public).await.map_err(StoreError::from)?;
        versions::sql::note(source, id, version, why, None).await.map_err(StoreError::from)?;
        Ok(version)
    }
}

/// Commits a version that was added, and undoes what was refused.
pub async fn end(source: Source, added: Result<i64, RotateError>) -> Result<i64, RotateError> {
    let ended = match &added {
        Ok(_) => source.commit().await,
        Err(RotateError::Store(StoreError::Gone)) => source.undo(Outcome::Failed).await,
        // The transaction is of no use any more, and is dropped.
        Err(RotateError::Store(_)) => return added,
        Err(_) => source.undo(Outcome::Invalid).await,
    };
    ended.map_err(StoreError::from)?;
    added
}
