//! Values of each kind: read from what was sent, stored with what may be seen of them, and opened again.

pub mod age;
mod certificate;
mod copies;
pub mod export;
mod pairs;
pub mod sql;

use crate::backend::{NotMade, SqlBackend, once};
use crate::db::transaction::Source;
use crate::secrets;
use crate::secrets::sql::Current;
use crate::vault::{Binding, SealError};
use app::secrets::policy::AddSecret;
use app::secrets::store::{AboutValue, AddError, BadValue, GivenValue, OpenedValue, SecretFileName, SecretKind};
use doorward::guard::Unavailable;
use doorward::{IdentityId, Principal, SecretBytes, SecretId, SecretText, Timestamp};

/// A value in the form in which it is stored. Has no `Debug`.
pub struct Prepared {
    pub kind: SecretKind,
    pub value: SecretBytes,
    pub about: AboutValue,
}

impl Prepared {
    /// Reads a value of this kind.
    pub fn new(kind: SecretKind, given: GivenValue) -> Result<Self, BadValue> {
        let (value, about) = match (kind, given) {
            (SecretKind::Text, GivenValue::Text(text)) => (text.into(), AboutValue::default()),
            (SecretKind::KeyValue, GivenValue::Text(text)) => {
                let (text, count) = pairs::read(&text)?;
                (text.into(), AboutValue { pairs: Some(count), ..AboutValue::default() })
            }
            (SecretKind::Certificate, GivenValue::Text(text)) => {
                let certificate = Some(certificate::read(&text)?);
                (text.into(), AboutValue { certificate, ..AboutValue::default() })
            }
            (SecretKind::File, GivenValue::File(name, bytes)) => {
                (bytes, AboutValue { file_name: Some(name), ..AboutValue::default() })
            }
            (SecretKind::File, GivenValue::Text(_)) => return Err(bad("this secret is a file: choose a file")),
            (_, GivenValue::File(..)) => return Err(bad("this secret is not a file")),
        };
        Ok(Self { kind, value, about })
    }

    /// Reads a value that was prepared before. Returns `None` if it was not.
    pub fn again(kind: SecretKind, file_name: Option<SecretFileName>, value: SecretBytes) -> Option<Self> {
        let given = match file_name {
            Some(name) => GivenValue::File(name, value),
            None => GivenValue::Text(SecretText::new(value.as_text()?.to_owned()).ok()?),
        };
        Self::new(kind, given).ok()
    }
}

fn bad(reason: impl Into<String>) -> BadValue {
    BadValue { field: "", reason: reason.into() }
}

impl From<SecretText> for Prepared {
    fn from(text: SecretText) -> Self {
        Self { kind: SecretKind::Text, value: text.into(), about: AboutValue::default() }
    }
}

/// The version that gets a value.
pub struct Target<'a> {
    pub secret: SecretId,
    pub version: i64,
    pub environment: &'a str,
    /// Who makes it, or `None` if the command line does.
    pub by: Option<IdentityId>,
}

impl SqlBackend {
    /// Encrypts and stores a version with what may be seen of it.
    pub async fn store_version(
        &self,
        source: &mut Source,
        target: &Target<'_>,
        prepared: &Prepared,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.seal_value(source, target, &prepared.value, now).await?;
        sql::describe(source, (target.secret, target.version), prepared).await
    }

    /// Encrypts and stores the value of an older version again, with what may be seen of it. Each version is bound to its
    /// own number.
    pub(super) async fn store_again(
        &self,
        source: &mut Source,
        target: &Target<'_>,
        (opened, from): (&OpenedValue, i64),
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.seal_value(source, target, &opened.value, now).await?;
        sql::copy(source, target.secret, from, target.version).await
    }

    async fn seal_value(
        &self,
        source: &mut Source,
        target: &Target<'_>,
        value: &SecretBytes,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let Target { secret, version, environment, by } = *target;
        let binding = Binding { secret: secret.as_str(), version, environment };
        let sealed = self.vault.seal(source, &binding, value, &*self.random).await?;
        secrets::sql::add_version(source, secret, version, sealed, by, now).await
    }

    /// Adds a secret and its first version.
    pub(super) async fn add_with_value(
        &self,
        source: &mut Source,
        id: SecretId,
        action: &AddSecret,
        owner: &Principal,
        (kind, value, form): (SecretKind, GivenValue, Option<&str>),
    ) -> Result<(), NotMade<AddError>> {
        let AddSecret { environment, name } = action;
        let prepared = Prepared::new(kind, value).map_err(|bad| NotMade::Invalid(bad.into()))?;
        once(source, owner, form, AddError::SentBefore).await?;
        if !secrets::sql::add(source, id, environment, name.as_str(), owner.identity, owner.now).await? {
            return Err(NotMade::Invalid(AddError::Taken));
        }
        let by = Some(owner.identity);
        let target = Target { secret: id, version: 1, environment: environment.as_str(), by };
        Ok(self.store_version(source, &target, &prepared, owner.now).await?)
    }

    /// Decrypts a value.
    pub(crate) fn open_value(&self, id: SecretId, current: &Current) -> Result<OpenedValue, SealError> {
        let binding = Binding { secret: id.as_str(), version: current.version, environment: &current.environment };
        let value = self.vault.open_bytes(&binding, &current.sealed)?;
        let file_name = current.file_name.as_deref().and_then(|name| SecretFileName::parse(name).ok());
        Ok(OpenedValue { kind: current.kind, value, file_name })
    }
}
