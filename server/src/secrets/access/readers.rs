//! Who read a secret's present value, and who could use it at a time in the past.

use crate::access::rows::PolicyRows;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::ledger::records;
use crate::secrets::access::consumers::Made;
use crate::secrets::{lists, users};
use app::backend::{Permit, StoreError};
use app::ledger::policy::ReadLedger;
use app::ledger::search::{Routine, Search};
use app::secrets::policy::{ReadReaders, RevealSecret};
use app::secrets::store::{Reader, Readers, SecretFacts, SecretReaders, SecretUser};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Environments, Principal, SecretId, Timestamp};
use std::collections::HashSet;

const VERSION: &str = "select v.version, v.created_at from secrets s \
     join secret_versions v on v.secret = s.id and v.version = s.version where s.id = $1";

/// The number of reveals that are looked at, the newest first.
const MOST_REVEALS: u32 = 2000;

#[async_trait]
impl SecretReaders for SqlBackend {
    async fn readers(&self, permit: Permit<ReadReaders>) -> Result<Readers, StoreError> {
        let (who, ReadReaders { id, on }) = (permit.principal(), permit.action());
        let mut source = self.reader();
        let found = lists::one(&mut source, *id, who).await?.ok_or(StoreError::Gone)?;
        let now = users::of(&mut source, *id, &found.facts, who).await?;
        let (version, version_since) = version(&mut source, *id).await?.ok_or(StoreError::Gone)?;
        let kept_since = PolicyRows::kept_since(&mut source).await?;
        let (users, existed) = match on {
            Some(on) => {
                let rows = PolicyRows::at(&mut self.searcher(), *on, *id).await?;
                (Some(users_then(&rows, who)), !rows.secrets.is_empty())
            }
            None => (now.clone(), true),
        };
        drop(source);
        let readers =
            readers(&mut self.searcher(), *id, (version, version_since), now.as_deref().unwrap_or_default()).await?;
        let may_read_ledger = who.holds(ReadLedger::NAME).within(&found.facts.environment).allows();
        let name = found.row.name;
        Ok(Readers { name, version, version_since, readers, users, existed, kept_since, may_read_ledger })
    }
}

async fn version(source: &mut Source, id: SecretId) -> Result<Option<(i64, Timestamp)>, Unavailable> {
    let Some(row) = source.optional(db::query(VERSION).bind(id.to_string())).await? else { return Ok(None) };
    let read = || Ok((row.try_get("version")?, Timestamp(row.try_get("created_at")?)));
    read().map(Some).map_err(unavailable)
}

/// Asks the policy for each account of that time.
fn users_then(rows: &PolicyRows, asker: &Principal) -> Vec<SecretUser> {
    let Some((id, facts)) = rows.secrets.first() else { return Vec::new() };
    let user = |account| {
        let who = rows.principal(account, asker);
        let facts: SecretFacts = rows.facts(account.identity, *id, facts);
        users::user(*id, &who, &facts)
    };
    rows.accounts.iter().filter_map(user).collect()
}

/// Returns the last reveal of each identity since the present version was made.
async fn readers(
    source: &mut Source,
    id: SecretId,
    (version, since): (i64, Timestamp),
    users: &[SecretUser],
) -> Result<Vec<Reader>, Unavailable> {
    let search = Search {
        action: RevealSecret::NAME.to_owned(),
        resource: format!("secret:{id}"),
        allowed: Some(true),
        from: Some(since),
        routine: Routine::Shown,
        ..Search::default()
    };
    let made = Made::of(source, id).await?;
    let search = Search { from: made.newest_since().map_or(Some(since), |saved| Some(saved.min(since))), ..search };
    let records = records::find(source, &search, &Environments::Everywhere, None, MOST_REVEALS).await?;
    let mut known = HashSet::new();
    let done = records.into_iter().filter(|record| {
        let is_done = record.outcome.is_none_or(|outcome| outcome == Outcome::Done);
        record.action == RevealSecret::NAME && is_done && made.shown_by(record) == version
    });
    let readers = done.filter_map(|record| {
        let who = record.who?;
        let reader = Reader {
            identity: who.identity,
            name: who.name.to_string(),
            at: record.at,
            record: record.id,
            may_reveal: users.iter().any(|user| user.identity == who.identity && user.may_reveal),
        };
        known.insert(who.identity).then_some(reader)
    });
    Ok(readers.collect())
}
