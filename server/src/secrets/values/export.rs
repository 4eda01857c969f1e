//! Exports of values: JSON that an import reads back, encrypted for an age recipient. It is never stored.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::secrets::lists;
use crate::secrets::values::age::{self, BadRecipient, Recipient};
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::filter::{After, Filter};
use app::secrets::policy::{AskToExportValues, ExportValue, ExportValues};
use app::secrets::store::{
    BATCH_ROWS, BadValue, ExportError, ExportTo, ExportedValue, Exports, Folder, MOST_EXPORTED, SecretFileName,
    SecretKind,
};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Environment, Grounds, SecretId};
use zeroize::Zeroizing;

/// The most bytes of values in one export.
const LARGEST: usize = 16 * 1024 * 1024;

/// Reads a recipient.
pub fn recipient(to: &ExportTo) -> Result<Recipient, BadValue> {
    let (field, recipient) = match to {
        ExportTo::Key(text) => ("recipient", Recipient::parse(text)),
        ExportTo::Passphrase(text) => ("passphrase", Recipient::passphrase(text.clone())),
    };
    recipient.map_err(|error: BadRecipient| BadValue { field, reason: error.to_string() })
}

/// Returns every candidate of a folder, by name.
pub async fn candidates(
    source: &mut Source,
    (environment, folder): (&Environment, Option<&Folder>),
    who: &doorward::Principal,
) -> Result<Vec<lists::Candidate>, Unavailable> {
    let filter = Filter { environment: Some(environment.clone()), folder: folder.cloned(), ..Filter::default() };
    let (mut all, mut after) = (Vec::new(), After::default());
    loop {
        let batch = lists::candidates_after(source, &filter, (&after, BATCH_ROWS), who).await?;
        let is_full = u32::try_from(batch.len()) == Ok(BATCH_ROWS);
        let last = batch.last().map(|last| After { name: last.row.name.clone(), id: Some(last.row.id) });
        all.extend(batch);
        match last.filter(|_| is_full) {
            Some(last) => after = last,
            None => return Ok(all),
        }
    }
}

/// Writes values as an import reads them: texts as such, all others as objects with their kind.
pub fn write(values: &[ExportedValue]) -> Result<Zeroizing<Vec<u8>>, ExportError> {
    let bytes: usize = values.iter().map(|value| value.opened.value.expose().len()).sum();
    if bytes > LARGEST {
        return Err(ExportError::TooLarge);
    }
    // JSON writes a control character as six. A buffer that grows would leave copies in memory.
    let mut json = Zeroizing::new(Vec::with_capacity(6 * bytes + 512 * values.len() + 8));
    json.extend(b"{");
    for (number, value) in values.iter().enumerate() {
        json.extend(if number == 0 { b"\n  ".as_slice() } else { b",\n  " });
        write_one(value, &mut json).map_err(|_| StoreError::Unavailable)?;
    }
    json.extend(b"\n}\n");
    Ok(json)
}

fn write_one(value: &ExportedValue, json: &mut Vec<u8>) -> serde_json::Result<()> {
    let opened = &value.opened;
    serde_json::to_writer(&mut *json, &value.name)?;
    json.extend(b": ");
    match (opened.kind, opened.text()) {
        (SecretKind::Text, Some(text)) => serde_json::to_writer(json, text),
        (kind, Some(text)) => {
            json.extend(format!("{{\"kind\": \"{}\", \"value\": ", kind.as_str()).into_bytes());
            serde_json::to_writer(&mut *json, text)?;
            json.extend(b"}");
            Ok(())
        }
        (kind, None) => {
            let name = opened.file_name.as_ref().map_or("secret", SecretFileName::as_str);
            json.extend(format!("{{\"kind\": \"{}\", \"file_name\": ", kind.as_str()).into_bytes());
            serde_json::to_writer(&mut *json, name)?;
            json.extend(b", \"base64\": \"");
            json.extend(Zeroizing::new(STANDARD.encode(opened.value.expose())).as_bytes());
            json.extend(b"\"}");
            Ok(())
        }
    }
}

#[async_trait]
impl Exports for SqlBackend {
    async fn environments_to_export(&self, permit: Permit<AskToExportValues>) -> Result<Vec<Environment>, StoreError> {
        let who = permit.principal();
        let known = crate::secrets::environments::names(&mut self.reader()).await?;
        Ok(known.into_iter().filter(|name| who.holds(ExportValues::NAME).within(name).allows()).collect())
    }

    async fn values_to_export(
        &self,
        permit: Permit<ExportValues>,
        to: &ExportTo,
    ) -> Result<Vec<SecretId>, ExportError> {
        recipient(to)?;
        let (ExportValues { environment, folder, .. }, who) = (permit.action(), permit.principal());
        let all = candidates(&mut self.reader(), (environment, folder.as_ref()), who).await;
        let may = |candidate: &lists::Candidate| {
            let asks = ExportValue { id: candidate.row.id, why: StatedReason::default() };
            asks.decide(who, &candidate.facts).allows()
        };
        let all = all.map_err(StoreError::from)?.into_iter().filter(may);
        let ids: Vec<SecretId> = all.map(|candidate| candidate.row.id).collect();
        match ids.len() {
            0 => Err(ExportError::Nothing),
            count if count > MOST_EXPORTED => Err(ExportError::TooMany),
            _ => Ok(ids),
        }
    }

    async fn export_value(&self, permit: Permit<ExportValue>) -> Result<ExportedValue, StoreError> {
        let id = permit.action().id;
        let mut source = self.reader();
        let named = crate::secrets::sql::named(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let current = crate::secrets::sql::current(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let opened = self.open_value(id, &current).map_err(|error| {
            tracing::error!(%error, secret = %id, version = current.version, "a value cannot be decrypted");
            StoreError::Damaged { version: current.version }
        })?;
        if !permit.grounds().include(Grounds::OWNER) {
            let who = permit.principal().clone();
            self.tell_owner(id, &who).await;
        }
        Ok(ExportedValue { name: named.name, opened })
    }

    async fn encrypt_export(&self, to: ExportTo, values: Vec<ExportedValue>) -> Result<Vec<u8>, ExportError> {
        let (to, json) = (recipient(&to)?, write(&values)?);
        let random = std::sync::Arc::clone(&self.random);
        // A passphrase is made into a key slowly, on purpose.
        let encrypted = tokio::task::spawn_blocking(move || age::encrypt(&to, &json, &*random)).await;
        encrypted.ok().flatten().ok_or(ExportError::Store(StoreError::Unavailable))
    }
}
