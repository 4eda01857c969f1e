//! The tables `ledger_leaves`, `ledger_nodes` and `ledger_head`: the tree over the records and its
//! signature.

use crate::db::rows::Insert;
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::ledger::row::COLUMNS;
use crate::ledger::{counts, records, row};
use crate::lockable;
use app::ledger::store::Seal;
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{Node, inclusion_needs, inclusion_proof};
use doorward::ledger::{AuditEntry, Hash, Receipt};
use doorward::{RecordId, TimeSpan, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

const HEAD: Lockable = lockable!("select size, sealed_at, checkpoint from ledger_head", "for update");
const SET_HEAD: &str = "update ledger_head set size = $1, sealed_at = $2, checkpoint = $3 where size = $4";
static ADD_LEAVES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("insert into ledger_leaves (leaf_index, record) values", 2));
static ADD_NODES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("insert into ledger_nodes (level, node_index, hash) values", 3));
const NODE: &str = "select hash from ledger_nodes where level = $1 and node_index = $2";
const LEAF_OF: &str = "select leaf_index from ledger_leaves where record = $1";
/// Each leaf is one record, so the difference of the counts is the number of unsealed records.
const UNSEALED: &str = "select (select count(*) from audit where id < $1) \
     - (select count(*) from ledger_leaves where record < $1) as many";
const WALK: &str = "select l.leaf_index, l.record, n.hash, a.* from ledger_leaves l left join audit a on a.id = l.record \
     left join ledger_nodes n on n.level = 0 and n.node_index = l.leaf_index \
     where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index";

/// How much later than its own time a record may become durable. Longer than any request or
/// transaction may take.
pub const LATEST: TimeSpan = TimeSpan::minutes(15);

/// The state of the seal.
#[derive(Clone, Debug)]
pub struct Head {
    /// The number of sealed records.
    pub size: u64,
    /// When unsealed records of any age were last looked for.
    pub sealed: Timestamp,
    /// The signed checkpoint, or an empty text if there is none yet.
    pub checkpoint: String,
}

impl Head {
    /// Returns the first id that an unsealed record can still have.
    #[must_use]
    pub fn settled(&self) -> String {
        first_at(Timestamp(self.sealed.0.saturating_sub(LATEST.0)))
    }
}

/// Returns the first id that a record of this time can have.
#[must_use]
pub fn first_at(at: Timestamp) -> String {
    records::first_at(at.max(Timestamp(0)))
}

/// Reads the head. On PostgreSQL, the row stays locked until the transaction ends.
pub async fn head(source: &mut Source) -> Result<Head, Unavailable> {
    let row = source.optional(db::query(source.text(HEAD))).await?.ok_or(Unavailable)?;
    let read = || {
        Ok::<_, sqlx::Error>(Head {
            size: u64::try_from(row.try_get::<i64>("size")?).map_err(db::broken)?,
            sealed: Timestamp(row.try_get("sealed_at")?),
            checkpoint: row.try_get("checkpoint")?,
        })
    };
    read().map_err(unavailable)
}

/// Sets the head. Returns an error if its size is no longer `from`, because another process sealed.
pub async fn set_head(source: &mut Source, from: u64, head: &Head) -> Result<(), Unavailable> {
    let statement = db::query(SET_HEAD)
        .bind(number(head.size))
        .bind(head.sealed.0)
        .bind(head.checkpoint.clone())
        .bind(number(from));
    if source.execute(statement).await? == 1 { Ok(()) } else { Err(Unavailable) }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns the next unsealed records from `from` on, ordered by id, at most `most`.
pub async fn unsealed(source: &mut Source, from: &str, most: u32) -> Result<Vec<AuditEntry>, Unavailable> {
    let text = format!(
        "select {} from audit where id >= $1 and not exists (select 1 from ledger_leaves where record = id) \
         order by id limit {most}",
        *COLUMNS
    );
    let rows = source.all(db::query(AssertSqlSafe(text).into_sql_str()).bind(from.to_owned())).await?;
    rows.iter().map(row::read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Adds leaves from the place `first` on with the subtrees that they complete, and counts the
/// records.
pub async fn add(
    source: &mut Source,
    first: u64,
    records: &[AuditEntry],
    nodes: &[(Node, Hash)],
) -> Result<(), Unavailable> {
    let leaves: Vec<_> = (first..).zip(records).collect();
    for (statement, part) in ADD_LEAVES.parts(&leaves) {
        let bound = part.iter().fold(db::query(statement), |statement, (index, record)| {
            statement.bind(number(*index)).bind(record.id.to_string())
        });
        source.execute(bound).await?;
    }
    for (statement, part) in ADD_NODES.parts(nodes) {
        let bound = part.iter().fold(db::query(statement), |statement, (node, hash)| {
            statement.bind(i64::from(node.level)).bind(number(node.index)).bind(hash.to_string())
        });
        source.execute(bound).await?;
    }
    counts::add(source, records).await
}

/// Returns those of the hashes that exist.
pub async fn nodes(source: &mut Source, wanted: Vec<Node>) -> Result<HashMap<Node, Hash>, Unavailable> {
    let mut found = HashMap::with_capacity(wanted.len());
    for node in wanted {
        let statement = db::query(NODE).bind(i64::from(node.level)).bind(number(node.index));
        let Some(row) = source.optional(statement).await? else { continue };
        let text: String = row.try_get("hash").map_err(unavailable)?;
        // A hash that cannot be parsed counts as missing.
        if let Ok(hash) = Hash::parse(&text) {
            found.insert(node, hash);
        }
    }
    Ok(found)
}

/// Returns a record's place with its inclusion proof, or `None` if the record is not sealed yet or
/// cannot be proven.
pub async fn proof(source: &mut Source, record: RecordId) -> Result<Option<Seal>, Unavailable> {
    let Some(row) = source.optional(db::query(LEAF_OF).bind(record.to_string())).await? else { return Ok(None) };
    let place = u64::try_from(row.try_get::<i64>("leaf_index").map_err(unavailable)?).map_err(|_| Unavailable)?;
    let head = head(source).await?;
    let Some(entry) = row::one(source, record).await? else { return Ok(None) };
    let hashes = nodes(source, inclusion_needs(place, head.size)).await?;
    let Ok(proof) = inclusion_proof(place, head.size, &hashes) else { return Ok(None) };
    let receipt = Receipt { record: Some(entry.canonical_bytes()), index: place, proof, checkpoint: head.checkpoint };
    Ok(Some(Seal { place, size: head.size, proof: Some(receipt.to_string()) }))
}

/// One place of the sealed order.
pub struct Sealed {
    /// The place.
    pub index: u64,
    /// The record's id.
    pub record: String,
    /// Whether the record is there.
    pub there: bool,
    /// The record, if the row is valid.
    pub entry: Option<AuditEntry>,
    /// The sealed hash.
    pub hash: Option<Hash>,
}

/// Returns these places, in order.
pub async fn walk(source: &mut Source, places: Range<u64>) -> Result<Vec<Sealed>, Unavailable> {
    let statement = db::query(WALK).bind(number(places.start)).bind(number(places.end));
    let rows = source.all(statement).await?;
    rows.iter().map(read_sealed).collect::<Result<_, _>>().map_err(unavailable)
}

fn read_sealed(row: &Row) -> Result<Sealed, sqlx::Error> {
    let hash: Option<String> = row.try_get("hash")?;
    Ok(Sealed {
        index: u64::try_from(row.try_get::<i64>("leaf_index")?).map_err(db::broken)?,
        record: row.try_get("record")?,
        there: row.try_get::<Option<String>>("id")?.is_some(),
        entry: row::read(row).ok(),
        hash: hash.and_then(|text| Hash::parse(&text).ok()),
    })
}

/// Returns the number of records that are old enough to be sealed and are not. Assumes that every
/// leaf has its record.
pub async fn left_out(source: &mut Source, head: &Head) -> Result<i64, Unavailable> {
    let before = head.settled();
    let row = source.optional(db::query(UNSEALED).bind(before)).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}
