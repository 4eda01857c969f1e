//! The table `used_forms`: forms that were sent and did their work, by their tokens.
//!
//! A form whose work must not be done twice carries a random token. Its first transaction keeps the token; if the same form
//! is sent again, by a reload or a second click, the token is there and nothing is done.

use crate::db::transaction::Source;
use doorward::guard::Unavailable;
use doorward::{SessionId, Timestamp};
use sha2::{Digest as _, Sha256};

const USE: &str = "insert into used_forms (hash, session, used_at) values ($1, $2, $3) on conflict (hash) do nothing";

/// Uses a form up, in the transaction that does its work. False if it was used before. A form without a token, which no page
/// of ours sends, is a new one each time.
///
/// # Errors
/// If the database does not answer.
pub async fn use_up(
    source: &mut Source,
    session: SessionId,
    token: Option<&str>,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let Some(token) = token else { return Ok(true) };
    let digest = Sha256::new_with_prefix(session.as_str()).chain_update([0]).chain_update(token).finalize();
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    source.execute(sqlx::query(USE).bind(hash).bind(session.to_string()).bind(now.0)).await.map(|rows| rows == 1)
}
