//! The table `deliveries`.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, broken, unavailable};
use crate::identities::sql::identity_id;
use crate::secrets::environments::{protection, rules};
use crate::vault::Sealed;
use app::deliveries::store::{DeliveryFacts, DeliveryRow, DeliveryState};
use doorward::guard::Unavailable;
use doorward::{DeliveryId, Environment, IdentityId, SecretId, Timestamp};

/// The number of rows in each list.
const LISTED: i64 = 50;

macro_rules! row {
    ($rest:literal) => {
        concat!(
            "select d.id, d.label, d.environment, d.sender, d.version, d.made_at, d.ends_at, d.state, d.changed_at, \
             d.taken_from, s.display_name as sender_name, r.display_name as recipient_name, ",
            rules!(),
            " from deliveries d \
             join environments e on e.name = d.environment join identities s on s.id = d.sender left join identities r on r.id = d.recipient where ",
            $rest
        )
    };
}

const ONE: &str = row!("d.id = $1");
const SENT: &str = row!("d.sender = $1 order by d.id desc limit $2 + 0");
const RECEIVED: &str = row!("d.recipient = $1 order by d.id desc limit $2 + 0");
const FACTS: &str = concat!(
    "select d.label, d.environment, ",
    rules!(),
    ", d.sender, d.recipient, (select count(*) from canaries c where c.secret = d.secret) as canary \
     from deliveries d join environments e on e.name = d.environment where d.id = $1"
);
const ADD: &str = "insert into deliveries (id, sender, recipient, code_hash, secret, version, environment, label, \
     made_at, ends_at, state, key_id, wrapped_key, nonce, ciphertext) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, $12, $13, $14)";
macro_rules! known {
    ($where:literal) => {
        concat!(
            "select d.id, d.sender, d.recipient, d.secret, d.environment, d.label, i.display_name as sender_name, \
             d.state, d.ends_at, d.taken_form, d.key_id, d.wrapped_key, d.nonce, d.ciphertext \
             from deliveries d join identities i on i.id = d.sender where ",
            $where
        )
    };
}
/// Of two that open it at once, the second one waits, and then finds the state that the first one left.
const KNOWN: Lockable = Lockable { plain: known!("d.id = $1"), locking: known!("d.id = $1 for update of d") };
const BY_CODE: &str = known!("d.code_hash = $1");
/// The value is deleted whenever the state changes.
const FINISH: &str = "update deliveries set state = $1, changed_at = $2, taken_from = $3, taken_form = $4, \
     key_id = null, wrapped_key = null, nonce = null, ciphertext = null where id = $5 and state = 'waiting'";
const VOID: &str = "update deliveries set state = 'void', changed_at = $1, key_id = null, wrapped_key = null, nonce = null, \
     ciphertext = null where sender = $2 and state = 'waiting' and ($3 = '' or secret = $3)";
const PERSON: &str = "select id, display_name from identities where name = $1 and frozen_at is null";

/// Ends deliveries whose time is over at $1, at most $2 at once.
pub(crate) const EXPIRE: &str = "update deliveries set state = 'expired', changed_at = ends_at, key_id = null, wrapped_key = null, nonce = null, \
     ciphertext = null where id in \
     (select id from deliveries where state = 'waiting' and ends_at <= $1 order by ends_at limit $2 + 0)";
/// Forgets deliveries that ended before $1, at most $2 at once. The ledger keeps its records.
pub(crate) const FORGET: &str = "delete from deliveries where id in \
     (select id from deliveries where ends_at < $1 order by ends_at limit $2 + 0)";

/// A delivery that is made.
pub(super) struct NewDelivery {
    pub id: DeliveryId,
    pub sender: IdentityId,
    pub recipient: Option<IdentityId>,
    pub code_hash: Option<String>,
    /// The secret and the version.
    pub secret: Option<(SecretId, i64)>,
    pub environment: Environment,
    pub label: String,
    pub made: Timestamp,
    pub ends: Timestamp,
    pub sealed: Sealed,
}

pub(super) async fn add(source: &mut Source, new: NewDelivery) -> Result<(), Unavailable> {
    let statement = db::query(ADD)
        .bind(new.id.to_string())
        .bind(new.sender.to_string())
        .bind(new.recipient.map(|identity| identity.to_string()))
        .bind(new.code_hash)
        .bind(new.secret.map(|(secret, _)| secret.to_string()))
        .bind(new.secret.map(|(_, version)| version))
        .bind(new.environment.to_string())
        .bind(new.label)
        .bind(new.made.0)
        .bind(new.ends.0)
        .bind(new.sealed.key_id)
        .bind(new.sealed.wrapped_key)
        .bind(new.sealed.nonce)
        .bind(new.sealed.ciphertext);
    source.execute(statement).await.map(|_| ())
}

/// A delivery with its encrypted value.
pub(super) struct Known {
    pub id: DeliveryId,
    pub sender: IdentityId,
    pub sender_name: String,
    pub recipient: Option<IdentityId>,
    pub secret: Option<SecretId>,
    pub environment: Environment,
    pub label: String,
    pub ends: Timestamp,
    /// The state at the time that was given.
    pub state: DeliveryState,
    pub taken_form: Option<String>,
    /// `None` if it does not wait.
    pub sealed: Option<Sealed>,
}

/// Returns a delivery without a lock.
pub(super) async fn look_at(source: &mut Source, id: DeliveryId, now: Timestamp) -> Result<Option<Known>, Unavailable> {
    let row = source.optional(db::query(KNOWN.plain).bind(id.to_string())).await?;
    row.map(|row| read_known(&row, now)).transpose().map_err(unavailable)
}

/// Returns a delivery, and locks it in a transaction.
pub(super) async fn known(source: &mut Source, id: DeliveryId, now: Timestamp) -> Result<Option<Known>, Unavailable> {
    let row = source.optional(db::query(source.text(KNOWN)).bind(id.to_string())).await?;
    row.map(|row| read_known(&row, now)).transpose().map_err(unavailable)
}

/// Returns the delivery of a link's code.
pub(super) async fn by_code(source: &mut Source, hash: String, now: Timestamp) -> Result<Option<Known>, Unavailable> {
    let row = source.optional(db::query(BY_CODE).bind(hash)).await?;
    row.map(|row| read_known(&row, now)).transpose().map_err(unavailable)
}

fn optional_identity(row: &Row, column: &str) -> Result<Option<IdentityId>, sqlx::Error> {
    row.try_get::<Option<&str>>(column)?.map(IdentityId::parse).transpose().map_err(broken)
}

fn environment(row: &Row) -> Result<Environment, sqlx::Error> {
    Environment::parse(row.try_get("environment")?).map_err(broken)
}

fn read_known(row: &Row, now: Timestamp) -> Result<Known, sqlx::Error> {
    let secret = row.try_get::<Option<&str>>("secret")?.map(SecretId::parse).transpose().map_err(broken)?;
    let sealed = match row.try_get::<Option<String>>("key_id")? {
        Some(key_id) => Some(Sealed {
            key_id,
            wrapped_key: row.try_get("wrapped_key")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        }),
        None => None,
    };
    Ok(Known {
        id: DeliveryId::parse(row.try_get("id")?).map_err(broken)?,
        sender: identity_id(row, "sender")?,
        sender_name: row.try_get("sender_name")?,
        recipient: optional_identity(row, "recipient")?,
        secret,
        environment: environment(row)?,
        label: row.try_get("label")?,
        ends: Timestamp(row.try_get("ends_at")?),
        state: state(row, now)?,
        taken_form: row.try_get("taken_form")?,
        sealed,
    })
}

/// The state at `now`: a delivery whose time is over has expired, also before the sweep says so.
fn state(row: &Row, now: Timestamp) -> Result<DeliveryState, sqlx::Error> {
    let state = DeliveryState::parse(row.try_get("state")?).ok_or_else(|| broken("no such state"))?;
    let is_over = row.try_get::<i64>("ends_at")? <= now.0;
    Ok(if state == DeliveryState::Waiting && is_over { DeliveryState::Expired } else { state })
}

/// How a delivery ends: its state, the client address that opened it, the hash of the form's token.
pub(super) type End = (DeliveryState, Option<String>, Option<String>);

/// Ends a delivery that waits, and deletes its value. Returns false if it does not wait.
pub(super) async fn finish(
    source: &mut Source,
    id: DeliveryId,
    (state, from, form): End,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(FINISH).bind(state.as_str()).bind(now.0).bind(from).bind(form).bind(id.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Voids what a sender has sent and what still waits: everything, or what came from one secret.
pub(crate) async fn void_of(
    source: &mut Source,
    sender: IdentityId,
    secret: Option<SecretId>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let secret = secret.map(|secret| secret.to_string()).unwrap_or_default();
    source.execute(db::query(VOID).bind(now.0).bind(sender.to_string()).bind(secret)).await.map(|_| ())
}

/// Returns the facts for decisions about a delivery. They never change, so no row is locked.
pub(crate) async fn facts(source: &mut Source, id: DeliveryId) -> Result<Option<DeliveryFacts>, Unavailable> {
    let Some(row) = source.optional(db::query(FACTS).bind(id.to_string())).await? else { return Ok(None) };
    let read = || -> Result<DeliveryFacts, sqlx::Error> {
        Ok(DeliveryFacts {
            label: row.try_get("label")?,
            environment: environment(&row)?,
            protection: protection(&row)?,
            sender: identity_id(&row, "sender")?,
            recipient: optional_identity(&row, "recipient")?,
            canary: row.try_get::<i64>("canary")? != 0,
        })
    };
    read().map(Some).map_err(unavailable)
}

fn read_row(row: &Row, now: Timestamp) -> Result<DeliveryRow, sqlx::Error> {
    let rules = protection(row)?;
    Ok(DeliveryRow {
        id: DeliveryId::parse(row.try_get("id")?).map_err(broken)?,
        label: row.try_get("label")?,
        environment: environment(row)?,
        protected: rules.is_protected(),
        sender: identity_id(row, "sender")?,
        sender_name: row.try_get("sender_name")?,
        recipient_name: row.try_get("recipient_name")?,
        version: row.try_get("version")?,
        made: Timestamp(row.try_get("made_at")?),
        ends: Timestamp(row.try_get("ends_at")?),
        state: state(row, now)?,
        changed: row.try_get::<Option<i64>>("changed_at")?.map(Timestamp),
        asks_reason: rules.reason,
        taken_from: row.try_get("taken_from")?,
    })
}

/// Returns a delivery without its value.
pub(super) async fn one(
    source: &mut Source,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Option<DeliveryRow>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(id.to_string())).await?;
    row.map(|row| read_row(&row, now)).transpose().map_err(unavailable)
}

/// Returns the last deliveries to and by somebody, the newest first.
pub(super) async fn lists_of(
    source: &mut Source,
    who: IdentityId,
    now: Timestamp,
) -> Result<(Vec<DeliveryRow>, Vec<DeliveryRow>), Unavailable> {
    let mut lists = [Vec::new(), Vec::new()];
    for (list, statement) in lists.iter_mut().zip([RECEIVED, SENT]) {
        let rows = source.all(db::query(statement).bind(who.to_string()).bind(LISTED)).await?;
        *list = rows.iter().map(|row| read_row(row, now)).collect::<Result<_, _>>().map_err(unavailable)?;
    }
    let [received, sent] = lists;
    Ok((received, sent))
}

/// Returns the identity with this sign-in name and its display name, unless it is disabled.
pub(super) async fn person(source: &mut Source, name: &str) -> Result<Option<(IdentityId, String)>, Unavailable> {
    let Some(row) = source.optional(db::query(PERSON).bind(name.to_owned())).await? else { return Ok(None) };
    let read = || Ok::<_, sqlx::Error>((identity_id(&row, "id")?, row.try_get("display_name")?));
    read().map(Some).map_err(unavailable)
}
