//! Who uses a secret: those who got a value, as the records say, and systems that were declared.

use super::users;
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::sql::identity_id;
use crate::ledger::records;
use crate::secrets::lists;
use app::backend::{Permit, StoreError};
use app::ledger::policy::ReadLedger;
use app::ledger::search::{Routine, Search};
use app::secrets::policy::{AddConsumer, ReadConsumers, RemoveConsumer, RevealSecret};
use app::secrets::store::{
    AddConsumerError, Consumers, Declared, MOST_CONSUMERS, NO_VERSION, NewConsumer, ReadBy, SecretConsumers,
    SecretFacts, SecretUser, VersionLabel,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{ConsumerId, Environments, IdentityId, Principal, RecordId, SecretId, Timestamp};
use std::collections::HashMap;

/// The number of reveals that are looked at, the newest first.
const MOST_REVEALS: u32 = 2000;

const VERSIONS: &str =
    "select version, created_at, saved_at from secret_versions where secret = $1 order by version desc";
const DELIVERED: &str = "select d.recipient, i.name, d.version, d.changed_at from deliveries d \
     join identities i on i.id = d.recipient where d.secret = $1 and d.state = 'taken' and d.version is not null \
     and d.changed_at is not null";
const DECLARED: &str = "select c.id, c.name, c.contact, c.note, c.added_at, i.display_name from consumers c \
     left join identities i on i.id = c.added_by where c.secret = $1 order by c.name, c.id";
const COUNT: &str = "select count(*) as many from consumers where secret = $1";
const ADD: &str = "insert into consumers (id, secret, name, contact, note, added_by, added_at) \
     values ($1, $2, $3, $4, $5, $6, $7)";
const REMOVE: &str = "delete from consumers where id = $1 and secret = $2";

/// A value that somebody got.
struct Got {
    identity: IdentityId,
    name: String,
    version: i64,
    at: Timestamp,
    record: Option<RecordId>,
}

/// A version, when it was made, and when it was saved if it was pending before.
struct MadeVersion {
    version: i64,
    made: Timestamp,
    saved: Option<Timestamp>,
}

/// The versions of a secret, the newest first.
pub(super) struct Made(Vec<MadeVersion>);

impl Made {
    pub(super) async fn of(source: &mut Source, id: SecretId) -> Result<Self, Unavailable> {
        let read = |row: &Row| {
            let saved = row.try_get::<Option<i64>>("saved_at")?.map(Timestamp);
            Ok(MadeVersion { version: row.try_get("version")?, made: Timestamp(row.try_get("created_at")?), saved })
        };
        let rows = source.all(db::query(VERSIONS).bind(id.to_string())).await?;
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map(Self).map_err(unavailable)
    }

    /// Returns since when somebody could have the value of the newest version.
    pub(super) fn newest_since(&self) -> Option<Timestamp> {
        self.0.first().map(|newest| newest.saved.unwrap_or(newest.made))
    }

    /// The version that a reveal showed: the one it named, or else the newest at that time. Of a pending value it is the
    /// version that the value became, or none yet.
    pub(super) fn shown_by(&self, record: &AuditEntry) -> i64 {
        let named = record.parameters.split('&').find_map(|pair| pair.strip_prefix("version="));
        let then = self.0.iter().find(|row| row.made <= record.at).or(self.0.last()).map_or(1, |row| row.version);
        match named.and_then(VersionLabel::parse) {
            Some(VersionLabel::Pending) => {
                let became =
                    |row: &&MadeVersion| row.saved.is_some_and(|saved| saved <= record.at) && row.made > record.at;
                self.0.iter().find(became).map_or(NO_VERSION, |row| row.version)
            }
            Some(label) => label.number(then).unwrap_or(then),
            None => then,
        }
    }
}

/// Returns everybody who got a value, the latest first, and whether there were more reveals than are looked at. `present`
/// is the present version, and reveals before `from` are left out.
pub(in crate::secrets) async fn read_by(
    source: &mut Source,
    id: SecretId,
    (present, from): (i64, Option<Timestamp>),
    users: &[SecretUser],
) -> Result<(Vec<ReadBy>, bool), Unavailable> {
    let made = Made::of(source, id).await?;
    let from = from.map(|from| made.newest_since().map_or(from, |since| since.min(from)));
    let search = Search {
        action: RevealSecret::NAME.to_owned(),
        resource: format!("secret:{id}"),
        allowed: Some(true),
        from,
        routine: Routine::Shown,
        ..Search::default()
    };
    let records = records::find(source, &search, &Environments::Everywhere, None, MOST_REVEALS).await?;
    let is_cut = records.len() >= MOST_REVEALS as usize;
    let done = records.into_iter().filter(|record| {
        record.action == RevealSecret::NAME && record.outcome.is_none_or(|outcome| outcome == Outcome::Done)
    });
    let mut got: Vec<Got> = done
        .filter_map(|record| {
            let (version, who) = (made.shown_by(&record), record.who?);
            if version == NO_VERSION {
                return None;
            }
            let name = who.name.to_string();
            Some(Got { identity: who.identity, name, version, at: record.at, record: Some(record.id) })
        })
        .collect();
    for row in source.all(db::query(DELIVERED).bind(id.to_string())).await? {
        got.push(delivered(&row).map_err(unavailable)?);
    }
    let mut readers: HashMap<IdentityId, ReadBy> = HashMap::new();
    for got in got {
        let Got { identity, name, version, at, record } = got;
        let may_reveal = users.iter().any(|user| user.identity == identity && user.may_reveal);
        let reader = readers.entry(identity).or_insert_with(|| {
            let present = None;
            ReadBy { identity, name, version, at, record, present, may_reveal }
        });
        if at > reader.at {
            (reader.version, reader.at, reader.record) = (version, at, record);
        }
        if version == present {
            reader.present = reader.present.max(Some(at));
        }
    }
    let mut readers: Vec<ReadBy> = readers.into_values().collect();
    readers.sort_by_key(|reader| (-reader.at.0, reader.identity));
    Ok((readers, is_cut))
}

fn delivered(row: &Row) -> Result<Got, sqlx::Error> {
    Ok(Got {
        identity: identity_id(row, "recipient")?,
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        at: Timestamp(row.try_get("changed_at")?),
        record: None,
    })
}

async fn declared(source: &mut Source, id: SecretId) -> Result<Vec<Declared>, Unavailable> {
    let read = |row: &Row| -> Result<Declared, sqlx::Error> {
        Ok(Declared {
            id: ConsumerId::parse(row.try_get("id")?).map_err(broken)?,
            name: row.try_get("name")?,
            contact: row.try_get("contact")?,
            note: row.try_get("note")?,
            added_by: row.try_get("display_name")?,
            added: Timestamp(row.try_get("added_at")?),
        })
    };
    let rows = source.all(db::query(DECLARED).bind(id.to_string())).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

#[async_trait]
impl SecretConsumers for SqlBackend {
    async fn consumers(&self, permit: Permit<ReadConsumers>) -> Result<Consumers, StoreError> {
        let (who, id) = (permit.principal(), permit.action().id);
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let users = users::of(&mut source, id, &found.facts, who).await?.unwrap_or_default();
        let declared = declared(&mut source, id).await?;
        drop(source);
        let version = found.row.version;
        let (readers, is_cut) = read_by(&mut self.searcher(), id, (version, None), &users).await?;
        let may_edit = AddConsumer { id }.decide(who, &found.facts).allows();
        let may_read_ledger = who.holds(ReadLedger::NAME).within(&found.facts.environment).allows();
        Ok(Consumers { name: found.row.name, version, readers, is_cut, declared, may_edit, may_read_ledger })
    }

    async fn add_consumer(
        &self,
        permit: Permit<AddConsumer>,
        new: NewConsumer,
        form: Option<&str>,
    ) -> Result<(), AddConsumerError> {
        let added = change(permit, async |source, granted| {
            self.declare(source, granted.action.id, &granted.principal, new, form).await
        });
        added.await
    }

    async fn remove_consumer(&self, permit: Permit<RemoveConsumer>) -> Result<(), StoreError> {
        let removed = change(permit, async |source, granted| {
            let RemoveConsumer { id, consumer } = granted.action;
            source.execute(db::query(REMOVE).bind(consumer.to_string()).bind(id.to_string())).await?;
            Ok(())
        });
        removed.await
    }
}

impl SqlBackend {
    async fn declare(
        &self,
        source: &mut Source,
        id: SecretId,
        who: &Principal,
        new: NewConsumer,
        form: Option<&str>,
    ) -> Result<(), NotMade<AddConsumerError>> {
        once(source, who, form, AddConsumerError::SentBefore).await?;
        let row = source.optional(db::query(COUNT).bind(id.to_string())).await?.ok_or(Unavailable)?;
        if row.try_get::<i64>("many").map_err(unavailable)? >= MOST_CONSUMERS {
            return Err(NotMade::Invalid(AddConsumerError::TooMany));
        }
        let statement = db::query(ADD)
            .bind(ConsumerId::new(who.now, &*self.random).to_string())
            .bind(id.to_string())
            .bind(new.name)
            .bind(new.contact)
            .bind(new.note)
            .bind(who.identity.to_string())
            .bind(who.now.0);
        source.execute(statement).await?;
        Ok(())
    }

    /// Returns how many accounts got the present value, for somebody who may see who they are.
    pub(in crate::secrets) async fn holders(
        &self,
        id: SecretId,
        (version, since): (i64, Timestamp),
        who: &Principal,
        facts: &SecretFacts,
    ) -> Result<Option<usize>, Unavailable> {
        if !(ReadConsumers { id, days: 0 }).decide(who, facts).allows() {
            return Ok(None);
        }
        let (readers, _) = read_by(&mut self.searcher(), id, (version, Some(since)), &[]).await?;
        Ok(Some(readers.into_iter().filter(|reader| reader.present.is_some()).count()))
    }
}
