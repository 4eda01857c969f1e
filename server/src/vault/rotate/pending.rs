//! Wraps the data keys of pending values again.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::vault::rotate::{BATCH, RotateError, Rotation};
use crate::vault::{PendingBinding, sql};
use doorward::SecretId;

const PENDING: &str = "select p.secret, p.saved_at, s.environment, p.key_id, p.wrapped_key, p.nonce, p.ciphertext \
     from pending_values p join secrets s on s.id = p.secret \
     where p.key_id <> $1 and p.secret > $2 order by p.secret limit $3 + 0";
/// Only if nobody has changed the row since it was read.
const SET: &str = "update pending_values set key_id = $1, wrapped_key = $2 where secret = $3 and saved_at = $4 \
     and key_id = $5 and nonce = $6";

/// Wraps the next few after a secret's. Returns the last secret, or `None` if there are no more.
pub(super) async fn wrap(rotation: &mut Rotation<'_>, after: &str) -> Result<Option<String>, RotateError> {
    let mut reader = Source::reader(&rotation.backend.database);
    let statement = db::query(PENDING).bind(rotation.key.clone()).bind(after.to_owned()).bind(BATCH);
    let rows = reader.all(statement).await?;
    drop(reader);
    let (mut new, mut last) = (Vec::new(), None);
    for row in &rows {
        let (secret, saved, environment) = read(row).map_err(unavailable)?;
        let before = sql::sealed(row).map_err(unavailable)?;
        let about = PendingBinding { secret: secret.as_str(), saved, environment: &environment };
        match rotation.backend.vault.rewrap(&rotation.key, &about, &before, &*rotation.backend.random) {
            Ok(after) => new.push((secret, saved, before, after)),
            Err(error) => rotation.note_damage(format!("secret {secret}, the pending value"), &error),
        }
        last = Some(secret.to_string());
    }
    let mut source = Source::writer(&rotation.backend.database).await?;
    let mut wrapped = 0;
    for (secret, saved, before, after) in new {
        let statement = db::query(SET).bind(after.key_id).bind(after.wrapped_key).bind(secret.to_string()).bind(saved);
        wrapped += source.execute(statement.bind(before.key_id).bind(before.nonce)).await?;
    }
    source.commit().await?;
    rotation.wrapped += wrapped;
    Ok(last)
}

fn read(row: &Row) -> Result<(SecretId, i64, String), sqlx::Error> {
    let secret = SecretId::parse(row.try_get("secret")?).map_err(broken)?;
    Ok((secret, row.try_get("saved_at")?, row.try_get("environment")?))
}
