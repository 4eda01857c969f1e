//! Adds a version with a new value.

use crate::backend::{NotMade, SqlBackend};
use crate::db::transaction::Source;
use crate::secrets::generate::store_public_part;
use crate::secrets::values::{self, Prepared, Target};
use crate::secrets::{self, versions};
use app::backend::StoreError;
use app::secrets::store::{GivenValue, RotateError};
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
    ) -> Result<i64, NotMade<RotateError>> {
        let NewVersion { id, by, now, value, public, why, over } = new;
        let gone = || NotMade::Failed(StoreError::Gone.into());
        let (version, environment) = secrets::sql::next_version(source, id, now).await?.ok_or_else(gone)?;
        if let Some(change) = versions::sql::later_change(source, id, version, over).await? {
            return Err(NotMade::Invalid(RotateError::Stale(change)));
        }
        let kind = values::sql::kind(source, id).await?.ok_or_else(gone)?;
        let prepared = Prepared::new(kind, value).map_err(|bad| NotMade::Invalid(bad.into()))?;
        let target = Target { secret: id, version, environment: &environment, by };
        self.store_version(source, &target, &prepared, now).await?;
        store_public_part(source, id, version, public).await?;
        versions::sql::note(source, id, version, why, None).await?;
        Ok(version)
    }
}
