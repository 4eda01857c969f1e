//! Values that the server generates. Nobody sees one unless they reveal it.

pub(crate) mod key_pair;
mod sql;

use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::secrets::values;
use crate::secrets::versions::new::NewVersion;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{AddSecret, GenerateValue};
use app::secrets::store::{AddError, BadValue, GenerateError, Generators, GivenValue, RotateError, SecretKind};
use async_trait::async_trait;
use doorward::generator::Generator;
use doorward::guard::Unavailable;
use doorward::{Principal, Randomness, SecretId, SecretText};

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
        let added = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            let id = SecretId::new(who.now, &*self.random);
            let drawn = Drawn::by(generator, &*self.random)?;
            let given = (SecretKind::Text, GivenValue::Text(drawn.value), form);
            self.add_with_value(source, id, &action, &who, given).await?;
            store_public_part(source, id, 1, drawn.public).await?;
            keep(source, id, generator).await?;
            Ok(id)
        });
        added.await
    }

    async fn generate(
        &self,
        permit: Permit<GenerateValue>,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<(i64, Generator), GenerateError> {
        let generated = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            once(source, &who, form, RotateError::SentBefore.into()).await?;
            let generator = match &action.generator {
                Some(generator) => Some(generator.clone()),
                None => kept(source, action.id).await?.generator,
            };
            let generator = generator.ok_or(NotMade::Invalid(GenerateError::NothingKept))?;
            let version = self.generate_version(source, (&action, &generator), &who, over).await;
            Ok((version.map_err(|not_made| not_made.map(GenerateError::from))?, generator))
        });
        generated.await
    }
}

impl SqlBackend {
    /// Generates the next version. Anything but a text is refused.
    async fn generate_version(
        &self,
        source: &mut Source,
        (action, generator): (&GenerateValue, &Generator),
        who: &Principal,
        over: Option<i64>,
    ) -> Result<i64, NotMade<RotateError>> {
        let GenerateValue { id, keep: keeps, why, .. } = action;
        let kind = values::sql::kind(source, *id).await?.ok_or(NotMade::Failed(StoreError::Gone.into()))?;
        if kind != SecretKind::Text {
            let reason = format!("only texts can be generated, and this secret is a {}", kind.label().to_lowercase());
            return Err(NotMade::Invalid(BadValue { field: "", reason }.into()));
        }
        let Drawn { value, public } = Drawn::by(generator, &*self.random)?;
        if *keeps {
            keep(source, *id, generator).await?;
        }
        let (by, now, why) = (Some(who.identity), who.now, why.as_str());
        let value = GivenValue::Text(value);
        self.add_version(source, NewVersion { id: *id, by, now, value, public, why, over }).await
    }
}
