//! Copies of secrets. What was taken and what was added are two decisions in one transaction.

use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::secrets::generate::{self, store_public_part};
use crate::secrets::values::{Prepared, Target, sql};
use crate::secrets::{self, details, lists};
use crate::vault::SealError;
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{AddSecret, AskToCopySecret, CopySecret, CopyValue, RevealSecret};
use app::secrets::store::{AddError, CopiedValue, Copies, CopyError, CopyForm, NewCopy, NewDetails, Tag};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Refused, Unavailable};
use doorward::{Grounds, Principal, SecretId};

/// A value for a copy, and the public part if it is the private part of a key pair.
type Taken = (Prepared, Option<String>);

#[async_trait]
impl Copies for SqlBackend {
    async fn ask_to_copy(&self, permit: Permit<AskToCopySecret>) -> Result<CopyForm, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let known = secrets::environments::names(&mut source).await?;
        Ok(CopyForm {
            environments: known.into_iter().filter(|name| who.holds(AddSecret::NAME).within(name).allows()).collect(),
            may_reveal: RevealSecret { id, why: StatedReason::default() }.decide(who, &found.facts).allows(),
            asks_reason: found.facts.protection.reason,
            name: found.row.name,
            environment: found.row.environment,
            kind: found.row.kind,
        })
    }

    async fn copy_secret(
        &self,
        mut permit: Permit<AddSecret>,
        asked: &Asked,
        copy: NewCopy,
    ) -> Result<SecretId, CopyError> {
        let grounds = may_take(&mut permit, asked, &copy).await;
        let copied = change(permit, async |source, granted| {
            let grounds = grounds.map_err(|refused| NotMade::Invalid(CopyError::Refused(refused)))?;
            let is_owner = grounds.include(Grounds::OWNER);
            self.add_copy(source, &granted.action, &granted.principal, (copy, is_owner)).await
        });
        copied.await
    }
}

/// Asks for the secret, with its value or without.
async fn may_take(permit: &mut Permit<AddSecret>, asked: &Asked, copy: &NewCopy) -> Result<Grounds, Refused> {
    let id = copy.id;
    match &copy.value {
        CopiedValue::Present(why) => {
            permit.also(asked, CopyValue { id, why: why.clone() }).await.map(|permit| permit.grounds())
        }
        CopiedValue::Another(_) => permit.also(asked, CopySecret { id }).await.map(|permit| permit.grounds()),
    }
}

impl SqlBackend {
    async fn add_copy(
        &self,
        source: &mut Source,
        action: &AddSecret,
        who: &Principal,
        (copy, is_owner): (NewCopy, bool),
    ) -> Result<SecretId, NotMade<CopyError>> {
        let NewCopy { id: from, value, form } = copy;
        let tells = matches!(value, CopiedValue::Present(_)) && !is_owner;
        let taken = self.take(source, from, value).await;
        let (prepared, public) = taken.map_err(|not_made| not_made.map(CopyError::from))?;
        let AddSecret { environment, name } = action;
        let id = SecretId::new(who.now, &*self.random);
        once(source, who, form.as_deref(), AddError::SentBefore.into()).await?;
        if !secrets::sql::add(source, id, environment, name.as_str(), who.identity, who.now).await? {
            return Err(NotMade::Invalid(AddError::Taken.into()));
        }
        let target = Target { secret: id, version: 1, environment: environment.as_str(), by: Some(who.identity) };
        self.store_version(source, &target, &prepared, who.now).await?;
        store_public_part(source, id, 1, public).await?;
        copy_details(source, from, id).await?;
        if tells {
            self.tell_owner_of_copy(source, from, who).await?;
        }
        Ok(id)
    }

    /// Returns the value of a copy, of the kind of the secret.
    async fn take(&self, source: &mut Source, from: SecretId, value: CopiedValue) -> Result<Taken, NotMade<AddError>> {
        let CopiedValue::Another(given) = value else { return self.take_present(source, from).await };
        let Some(kind) = sql::kind(source, from).await? else { return Err(NotMade::Invalid(StoreError::Gone.into())) };
        let prepared = Prepared::new(kind, given).map_err(|bad| NotMade::Invalid(bad.into()))?;
        Ok((prepared, None))
    }

    async fn take_present(&self, source: &mut Source, from: SecretId) -> Result<Taken, NotMade<AddError>> {
        let Some(current) = secrets::sql::current(source, from).await? else {
            return Err(NotMade::Invalid(StoreError::Gone.into()));
        };
        let opened = match self.open_value(from, &current) {
            Ok(opened) => opened,
            Err(error) => {
                let version = current.version;
                tracing::error!(%error, secret = %from, version, "a value cannot be decrypted");
                return match error {
                    SealError::NotAuthentic => Err(NotMade::Invalid(StoreError::Damaged { version }.into())),
                    SealError::OtherKey { .. } => Err(Unavailable.into()),
                };
            }
        };
        let prepared = Prepared::again(opened.kind, opened.file_name, opened.value).ok_or(Unavailable)?;
        let public = generate::kept(source, from).await?.public_part;
        Ok((prepared, public))
    }

    async fn tell_owner_of_copy(&self, source: &mut Source, id: SecretId, who: &Principal) -> Result<(), Unavailable> {
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(()) };
        let about = format!("{} copied {} with its value", who.display_name, secret.in_words());
        let told = (id, about.as_str());
        notices::add_about_secret(source, secret.owner, NoticeKind::Revealed, told, who.now, &*self.random).await
    }
}

/// Copies the description and the tags.
async fn copy_details(source: &mut Source, from: SecretId, to: SecretId) -> Result<(), Unavailable> {
    let about = details::sql::about(source, from).await?.ok_or(Unavailable)?;
    let tags = about.tags.iter().map(|tag| Tag::parse(tag)).collect::<Result<_, _>>().map_err(|_| Unavailable)?;
    details::sql::describe(source, to, &NewDetails { description: about.description, tags }).await
}
