//! The table `used_forms`: tokens of submitted forms, so that no form takes effect twice.
//!
//! A form whose effect must not be repeated carries a random token. The first submission stores the
//! token in its transaction. If the same form is sent again, by a reload or a second click, the
//! token exists and nothing is done.

use crate::db::query;
use crate::db::transaction::Source;
use doorward::guard::Unavailable;
use doorward::{SessionId, Timestamp};
use sha2::{Digest as _, Sha256};

const USE: &str = "insert into used_forms (hash, session, used_at) values ($1, $2, $3) on conflict (hash) do nothing";

/// Stores a form's token in the transaction that does the form's work. Returns false if the token
/// was used before. A form without a token counts as new each time; no page of ours sends one.
pub async fn use_up(
    source: &mut Source,
    session: SessionId,
    token: Option<&str>,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let Some(token) = token else { return Ok(true) };
    let digest = Sha256::new_with_prefix(session.as_str()).chain_update([0]).chain_update(token).finalize();
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    source.execute(query(USE).bind(hash).bind(session.to_string()).bind(now.0)).await.map(|rows| rows == 1)
}
