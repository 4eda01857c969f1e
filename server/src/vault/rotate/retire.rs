//! Takes keys out of use that nothing needs any more.

use super::{RotateError, current};
use crate::backend::SqlBackend;
use crate::backend::by_command;
use crate::db::transaction::Source;
use crate::ledger;
use crate::vault::sql;
use crate::vault::{KeyFile, KeySource};

/// What became of the keys that are not current.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Retired {
    pub retired: Vec<String>,
    /// Keys that values still need, and how many.
    pub kept: Vec<(String, i64)>,
}

/// Retires the keys that nothing needs any more, or only `one` of them. Keys in a file are removed
/// from it afterwards.
pub async fn retire(backend: &SqlBackend, keys: &KeySource, one: Option<&str>) -> Result<Retired, RotateError> {
    let mut source = Source::writer(&backend.database).await?;
    sql::alone(&mut source).await?;
    let known = sql::known(&mut source).await?;
    let current = current(&known)?;
    match one {
        Some(one) if one == current.id => return Err(RotateError::Current(one.to_owned())),
        Some(one) if known.iter().all(|key| key.id != one) => return Err(RotateError::NoKey(one.to_owned())),
        _ => {}
    }
    let uses = sql::uses(&mut source).await?;
    let mut done = Retired::default();
    let older = known.iter().filter(|key| key.retired.is_none() && key.id != current.id);
    for key in older.filter(|key| one.is_none_or(|one| one == key.id)) {
        if let Some(uses) = uses.iter().find(|uses| uses.key == key.id) {
            done.kept.push((key.id.clone(), uses.values));
            continue;
        }
        let now = backend.clock.now();
        sql::retire(&mut source, &key.id, now).await?;
        let entry = by_command(backend, "vault.retire", format!("vault_key:{}", key.id), String::new());
        ledger::sql::append_in(&mut source, &entry).await?;
        done.retired.push(key.id.clone());
    }
    source.commit().await?;
    if let KeySource::File(path) = keys {
        // Also those that an interrupted call has left there.
        let before = known.iter().filter(|key| key.retired.is_some()).map(|key| &key.id);
        let gone: Vec<&String> = before.chain(&done.retired).collect();
        KeyFile::change(path, |keys| keys.retain(|key| !gone.contains(&&key.id())))?;
    }
    Ok(done)
}
