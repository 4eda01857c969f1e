//! What somebody who holds the database does to the sealed ledger, past Doorward.

use super::world::World;

/// A change of the sealed ledger.
#[derive(Clone, Debug)]
pub enum Tamper {
    /// Makes the newest refusal an allowed one.
    AllowRefusal,
    /// Says that omar's newest decision was vera's.
    BlameAnother,
    /// Moves the newest record by a millisecond.
    MoveTime,
    /// Forgets where the newest request with an address came from.
    ForgetAddress,
    /// Gives the oldest record a decision that there is not.
    InventDecision,
    /// Changes the reason of the oldest record.
    EditOldest,
    /// Changes the reason of the record at this place.
    EditAt(u64),
    RemoveNewest,
    RemoveAt(u64),
    /// Puts a record before all others.
    AddFirst,
    RemoveAllRecords,
    /// Moves the record of place 3 to a place beyond the end.
    MoveBeyond,
    /// Puts a record that there is not at place 3, or at place 0.
    NameAnother,
    NameAnotherFirst,
    RemoveOrder,
    RemoveTree,
    /// Gives the first hash the value of the second one.
    SwapHash,
    /// Gives every hash the value of the first one.
    LevelHashes,
    /// Gives the hash of the second archived segment the value of the first one.
    SwapSegmentHash,
    RemoveSegmentHash,
    /// Makes the head one record smaller, or larger.
    ShrinkHead,
    GrowHead,
    /// Makes the head that of a log that has not begun, with its checkpoint or without.
    EmptyHead,
    RestartHead,
    ForgetCheckpoint,
    /// Has the checkpoint name another log.
    RenameLog,
    /// Cuts everything off that came after the checkpoint of this size and text. The tree stays.
    CutBackTo(u64, String),
    /// Puts everything back to the checkpoint of this size and text, as a restore from a backup does.
    RollBackTo(u64, String),
    /// Exchanges the records of two places, or their hashes too.
    SwapRecords(u64, u64),
    SwapPlaces(u64, u64),
    /// Takes a place out of the order, and moves the rest up; the tree's lowest level too.
    CloseUp(u64),
}

/// The tables that have the order of records, each with its column, and the condition for what is of one record.
const ORDERS: [(&str, &str, &str); 2] =
    [("ledger_leaves", "leaf_index", ""), ("ledger_nodes", "node_index", "level = 0 and")];

fn at(place: u64) -> String {
    format!("id = (select record from ledger_leaves where leaf_index = {place})")
}

/// By way of a number that nothing else has, because each is unique.
fn swap((table, column, level): (&str, &str, &str), one: u64, other: u64) -> [String; 3] {
    let set = |from: String, to: String| format!("update {table} set {column} = {to} where {level} {column} = {from}");
    [
        set(one.to_string(), "-1".to_owned()),
        set(other.to_string(), one.to_string()),
        set("-1".to_owned(), other.to_string()),
    ]
}

fn close_up((table, column, level): (&str, &str, &str), place: u64) -> [String; 3] {
    [
        format!("delete from {table} where {level} {column} = {place}"),
        format!("update {table} set {column} = -{column} where {level} {column} > {place}"),
        format!("update {table} set {column} = -{column} - 1 where {level} {column} < 0"),
    ]
}

fn cut_back(size: u64) -> Vec<String> {
    vec![
        format!("delete from audit where id in (select record from ledger_leaves where leaf_index >= {size})"),
        format!("delete from ledger_leaves where leaf_index >= {size}"),
    ]
}

impl Tamper {
    fn statements(&self) -> Vec<String> {
        let one = |statement: &str| vec![statement.to_owned()];
        match self {
            Self::AllowRefusal => one(
                "update audit set decision = 'allowed' where id = (select max(id) from audit where decision = 'refused')",
            ),
            Self::BlameAnother => {
                one("update audit set name = 'vera' where id = (select max(id) from audit where name = 'omar')")
            }
            Self::MoveTime => one("update audit set at = at + 1 where id = (select max(id) from audit)"),
            Self::ForgetAddress => {
                one("update audit set address = null where id = (select max(id) from audit where address is not null)")
            }
            Self::InventDecision => one("update audit set decision = 'perhaps' where id = (select min(id) from audit)"),
            Self::EditOldest => one("update audit set reason = 'changed' where id = (select min(id) from audit)"),
            Self::EditAt(place) => vec![format!("update audit set reason = 'changed' where {}", at(*place))],
            Self::RemoveNewest => one("delete from audit where id = (select max(id) from audit)"),
            Self::RemoveAt(place) => vec![format!("delete from audit where {}", at(*place))],
            Self::AddFirst => one(
                "insert into audit (id, at, action, resource, parameters, decision, reason_code, reason, entry, request) \
                 values ('00000000000000000000000001', 1, 'secret.reveal', '', '', 'allowed', 'role', 'by role', 'page', '')",
            ),
            Self::RemoveAllRecords => one("delete from audit"),
            Self::MoveBeyond => one("update ledger_leaves set leaf_index = leaf_index + 1000 where leaf_index = 3"),
            Self::NameAnother => one("update ledger_leaves set record = record || 'x' where leaf_index = 3"),
            Self::NameAnotherFirst => {
                one("update ledger_leaves set record = (select max(id) from audit) || 'x' where leaf_index = 0")
            }
            Self::RemoveOrder => one("delete from ledger_leaves"),
            Self::RemoveTree => one("delete from ledger_nodes"),
            Self::SwapHash => one(
                "update ledger_nodes set hash = (select hash from ledger_nodes where level = 0 and node_index = 1) \
                 where level = 0 and node_index = 0",
            ),
            Self::LevelHashes => {
                one("update ledger_nodes set hash = (select hash from ledger_nodes where level = 0 and node_index = 0)")
            }
            Self::SwapSegmentHash => one(
                "update ledger_nodes set hash = (select hash from ledger_nodes where level = 4 and node_index = 0) \
                 where level = 4 and node_index = 1",
            ),
            Self::RemoveSegmentHash => one("delete from ledger_nodes where level = 4 and node_index = 1"),
            Self::ShrinkHead => one("update ledger_head set size = size - 1"),
            Self::GrowHead => one("update ledger_head set size = size + 1"),
            Self::EmptyHead => one("update ledger_head set size = 0, sealed_at = 0"),
            Self::RestartHead => one("update ledger_head set size = 0, sealed_at = 0, checkpoint = ''"),
            Self::ForgetCheckpoint => one("update ledger_head set checkpoint = ''"),
            Self::RenameLog => {
                one("update ledger_head set checkpoint = replace(checkpoint, 'test/ledger', 'test/another')")
            }
            Self::CutBackTo(size, checkpoint) => {
                let head = format!("update ledger_head set size = {size}, checkpoint = '{checkpoint}'");
                [cut_back(*size), vec![head]].concat()
            }
            Self::RollBackTo(size, checkpoint) => {
                let tree = "(node_index + 1) * (cast(1 as bigint) << cast(level as int))";
                let tree = format!("delete from ledger_nodes where {tree} > {size}");
                let head = format!("update ledger_head set size = {size}, checkpoint = '{checkpoint}', sealed_at = 0");
                [cut_back(*size), vec![tree, head]].concat()
            }
            Self::SwapRecords(one, other) => swap(ORDERS[0], *one, *other).to_vec(),
            Self::SwapPlaces(one, other) => ORDERS.map(|order| swap(order, *one, *other)).concat(),
            Self::CloseUp(place) => ORDERS.map(|order| close_up(order, *place)).concat(),
        }
    }
}

impl World {
    /// Tampers with the ledger. Returns how many rows the last statement changed.
    pub async fn tamper(&self, tamper: Tamper) -> u64 {
        let mut changed = 0;
        for statement in tamper.statements() {
            changed = self.changed(statement).await;
        }
        changed
    }
}
