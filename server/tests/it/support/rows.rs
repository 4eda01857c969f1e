//! Named questions about the rows of a world's database, past Doorward, so that a test needs no SQL of its own.

use super::world::World;
use doorward::Timestamp;
use sqlx::Row;

/// Records of the ledger that match every condition, in the order of their decisions.
#[must_use]
pub struct Records<'world> {
    world: &'world World,
    conditions: Vec<(&'static str, String)>,
}

impl Records<'_> {
    /// Narrows to the records whose `column` holds this value.
    pub fn with(mut self, column: &'static str, value: impl Into<String>) -> Self {
        self.conditions.push((column, value.into()));
        self
    }

    /// Narrows to one action, such as `secret.reveal`.
    pub fn of(self, action: &str) -> Self {
        self.with("action", action)
    }

    pub fn allowed(self) -> Self {
        self.with("decision", "allowed")
    }

    pub fn refused(self) -> Self {
        self.with("decision", "refused")
    }

    /// Narrows to one code of a reason.
    pub fn because(self, reason_code: &str) -> Self {
        self.with("reason_code", reason_code)
    }

    /// Narrows to what this person asked for.
    pub fn by(self, name: &str) -> Self {
        self.with("name", name)
    }

    /// How many records there are.
    pub async fn count(self) -> i64 {
        i64::try_from(self.each("id").await.len()).expect("a number of records")
    }

    pub async fn ids(self) -> Vec<String> {
        self.each("id").await
    }

    /// One column of each record, which is a text.
    pub async fn each(self, column: &'static str) -> Vec<String> {
        let mut statement = format!("select {column} from audit where 1 = 1");
        for (number, (column, _)) in self.conditions.iter().enumerate() {
            statement.push_str(&format!(" and {column} = ${}", number + 1));
        }
        statement.push_str(" order by id");
        let query = sqlx::query(sqlx::AssertSqlSafe(statement));
        let query = self.conditions.into_iter().fold(query, |query, (_, value)| query.bind(value));
        let rows = query.fetch_all(&self.world.rows).await.expect("the ledger can be read");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl World {
    /// The ledger's records.
    pub fn records(&self) -> Records<'_> {
        Records { world: self, conditions: Vec::new() }
    }

    /// How many rows a table holds.
    pub async fn count_all(&self, table: &str) -> i64 {
        self.number(format!("select count(*) from {table}")).await
    }

    /// The ids of all rows of a table, in their order.
    pub async fn ids_of(&self, table: &str) -> Vec<String> {
        self.column(format!("select id from {table} order by id")).await
    }

    /// The names of all secrets.
    pub async fn names_of_secrets(&self) -> Vec<String> {
        self.column("select name from secrets".to_owned()).await
    }

    /// The records that were sealed, in the order of the log.
    pub async fn sealed_records(&self) -> Vec<String> {
        self.column("select record from ledger_leaves order by leaf_index".to_owned()).await
    }

    /// The text of the checkpoint that was signed last.
    pub async fn checkpoint(&self) -> String {
        self.column("select checkpoint from ledger_head".to_owned()).await.remove(0)
    }

    /// The index of the record that is forwarded next.
    pub async fn next_to_forward(&self) -> i64 {
        self.number("select next_index from forwarding".to_owned()).await
    }

    /// The highest version of any secret.
    pub async fn highest_version(&self) -> i64 {
        self.number("select max(version) from secrets".to_owned()).await
    }

    pub async fn secret_name(&self, id: &str) -> String {
        self.column(format!("select name from secrets where id = '{id}'")).await.remove(0)
    }

    pub async fn identity(&self, name: &str) -> String {
        self.column(format!("select id from identities where name = '{name}'")).await.remove(0)
    }

    pub async fn has_second_factor(&self, name: &str) -> bool {
        self.number(format!("select second_factor from identities where name = '{name}'")).await == 1
    }

    /// Grants a secret, in place of an earlier grant.
    pub async fn grant_until(&self, secret: &str, name: &str, ends: Option<Timestamp>) {
        let ends = ends.map_or("null".to_owned(), |ends| ends.0.to_string());
        self.change(format!("delete from grants where secret = '{secret}'")).await;
        self.change(format!(
            "insert into grants (identity, secret, granted_at, ends_at) \
             select id, '{secret}', 1, {ends} from identities where name = '{name}'"
        ))
        .await;
    }

    /// The counter that tells open pages of a loss.
    pub async fn privileges_version(&self, name: &str) -> i64 {
        self.number(format!("select rights from identities where name = '{name}'")).await
    }

    pub async fn freeze(&self, name: &str) {
        self.change(format!("update identities set frozen_at = 1 where name = '{name}'")).await;
    }

    /// Sets how many sessions a holder of this role may have; one more ends the one used least lately.
    pub async fn limit_sessions(&self, role: &str, limit: u32) {
        self.change(format!("update role_limits set most = {limit} where role = '{role}'")).await;
    }

    /// The same, but one session more is refused.
    pub async fn limit_sessions_and_refuse(&self, role: &str, limit: u32) {
        self.change(format!("update role_limits set most = {limit}, when_full = 'refuse' where role = '{role}'")).await;
    }

    async fn number(&self, statement: String) -> i64 {
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_one(&self.rows).await;
        row.expect("the statement runs").get(0)
    }

    pub async fn column(&self, statement: String) -> Vec<String> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&self.rows).await;
        rows.expect("the statement runs").iter().map(|row| row.get(0)).collect()
    }

    pub async fn change(&self, statement: String) {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&self.rows).await.expect("the statement runs");
    }
}
