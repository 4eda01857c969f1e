//! Values that the server generates. Nobody sees one unless they reveal it.

mod key_pair;
mod sql;

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::used_forms;
use crate::secrets::values;
use crate::secrets::versions::new::NewVersion;
use crate::unit::SqlUnit;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{AddSecret, GenerateValue};
use app::secrets::store::{AddError, BadValue, GenerateError, Generators, GivenValue, RotateError, SecretKind};
use async_trait::async_trait;
use doorward::generator::Generator;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Randomness, SecretId, SecretText};

pub use sql::{Kept, keep, kept, store_public_part};

/// A generated value, and the public part of a key pair.
pub struct Drawn {
    pub value: SecretText,
    pub public: Option<String>,
}

impl Drawn {
    /// Generates a value.
    pub fn by(generator: &Generator, random: &dyn Randomness) -> Result<Self, Unavailable> {
        match generator {
            Generator::KeyPair(format) => key_pair::draw(*format, random),
            Generator::Characters(_) | Generator::Words(_) => {
                Ok(Self { value: generator.draw(random).ok_or(Unavailable)?, public: None })
            }
        }
    }
}

#[async_trait]
impl Generators for SqlBackend {
    async fn add_generated(
        &self,
        permit: Permit<AddSecret>,
        generator: &Generator,
        form: Option<&str>,
    ) -> Result<SecretId, AddError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let id = SecretId::new(spent.principal.now, &*self.random);
        let drawn = Drawn::by(generator, &*self.random).map_err(StoreError::from)?;
        let given = (SecretKind::Text, GivenValue::Text(drawn.value), form);
        let added = self.add_with_value(&mut source, id, &spent.action, &spent.principal, given).await;
        if let Err(refused) = added.map_err(StoreError::from)? {
            source.undo(Outcome::Invalid).await.map_err(StoreError::from)?;
            return Err(refused);
        }
        store_public_part(&mut source, id, 1, drawn.public).await.map_err(StoreError::from)?;
        keep(&mut source, id, generator).await.map_err(StoreError::from)?;
        source.commit().await.map_err(StoreError::from)?;
        Ok(id)
    }

    async fn generate(
        &self,
        permit: Permit<GenerateValue>,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<(i64, Generator), GenerateError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (GenerateValue { id, generator, keep: keeps, why }, who) = (spent.action, &spent.principal);
        let is_new = used_forms::use_up(&mut source, who.session, form, who.now).await.map_err(StoreError::from)?;
        let found = match generator {
            Some(generator) => Some(generator),
            None => kept(&mut source, id).await.map_err(StoreError::from)?.generator,
        };
        let Some(generator) = found else {
            source.undo(Outcome::Invalid).await.map_err(StoreError::from)?;
            return Err(GenerateError::NothingKept);
        };
        let made = match is_new {
            true => check_kind(&mut source, id).await,
            false => Err(RotateError::SentBefore),
        };
        let made = match made {
            Ok(()) => {
                let Drawn { value, public } = Drawn::by(&generator, &*self.random).map_err(StoreError::from)?;
                if keeps {
                    keep(&mut source, id, &generator).await.map_err(StoreError::from)?;
                }
                let (by, now, why) = (Some(who.identity), who.now, why.as_str());
                let value = GivenValue::Text(value);
                self.add_version(&mut source, NewVersion { id, by, now, value, public, why, over }).await
            }
            Err(refused) => Err(refused),
        };
        let version = crate::secrets::versions::new::end(source, made).await?;
        Ok((version, generator))
    }
}

/// Refuses to generate anything but a text.
async fn check_kind(source: &mut Source, id: SecretId) -> Result<(), RotateError> {
    let kind = values::sql::kind(source, id).await.map_err(StoreError::from)?.ok_or(StoreError::Gone)?;
    if kind == SecretKind::Text {
        return Ok(());
    }
    let reason = format!("only texts can be generated, and this secret is a {}", kind.label().to_lowercase());
    Err(BadValue { field: "", reason }.into())
}
