//! The rows of one table, narrowed by what their columns hold. A test says what it means, and this writes the SQL.

use crate::support::world::World;
use sqlx::Row;

/// A value of a column.
pub enum Value {
    Text(String),
    Number(i64),
    Nothing,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl Value {
    /// As SQL has it.
    fn literal(&self) -> String {
        match self {
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Number(number) => number.to_string(),
            Self::Nothing => "null".to_owned(),
        }
    }
}

/// Rows of a table that match every condition.
#[must_use]
pub struct Rows<'world> {
    world: &'world World,
    table: &'static str,
    conditions: Vec<String>,
    order: String,
}

impl World {
    /// All rows of a table.
    pub fn table(&self, table: &'static str) -> Rows<'_> {
        Rows { world: self, table, conditions: Vec::new(), order: String::new() }
    }
}

impl Rows<'_> {
    pub(super) fn where_(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Narrows to the rows whose `column` holds this value.
    pub fn with(self, column: &str, value: impl Into<Value>) -> Self {
        let condition = match value.into() {
            Value::Nothing => format!("{column} is null"),
            value => format!("{column} = {}", value.literal()),
        };
        self.where_(condition)
    }

    /// Narrows to the rows whose `column` holds something else.
    pub fn other_than(self, column: &str, value: impl Into<Value>) -> Self {
        let condition = format!("{column} <> {}", value.into().literal());
        self.where_(condition)
    }

    /// Narrows to the rows that have nothing in `column`.
    pub fn without(self, column: &str) -> Self {
        self.where_(format!("{column} is null"))
    }

    /// Narrows to the rows that have anything in `column`.
    pub fn having(self, column: &str) -> Self {
        self.where_(format!("{column} is not null"))
    }

    pub fn above(self, column: &str, number: i64) -> Self {
        self.where_(format!("{column} > {number}"))
    }

    pub fn below(self, column: &str, number: i64) -> Self {
        self.where_(format!("{column} < {number}"))
    }

    pub fn at_least(self, column: &str, number: i64) -> Self {
        self.where_(format!("{column} >= {number}"))
    }

    /// Narrows by a pattern: `%` stands for any text.
    pub fn like(self, column: &str, pattern: &str) -> Self {
        self.where_(format!("{column} like '{pattern}'"))
    }

    pub fn unlike(self, column: &str, pattern: &str) -> Self {
        self.where_(format!("{column} not like '{pattern}'"))
    }

    pub fn one_of(self, column: &str, values: &[&str]) -> Self {
        self.where_(format!("{column} in ('{}')", values.join("', '")))
    }

    pub fn none_of(self, column: &str, values: &[&str]) -> Self {
        self.where_(format!("{column} not in ('{}')", values.join("', '")))
    }

    /// Narrows to the rows whose `column` is the identity of somebody with this sign-in name.
    pub fn whose(self, column: &str, name: &str) -> Self {
        self.where_(format!("{column} = (select id from identities where name = '{name}')"))
    }

    /// Narrows secrets to those that were granted to nobody.
    pub fn ungranted(self) -> Self {
        self.where_("not exists (select 1 from grants g where g.secret = secrets.id)".to_owned())
    }

    /// Makes the rows somebody's, by the column that holds the identity.
    pub async fn hand_to(self, column: &str, name: &str) -> u64 {
        let identity = self.world.identity(name).await;
        self.set(column, identity).await
    }

    /// Sets a column to what another column holds.
    pub async fn copy_column(self, column: &str, from: &str) -> u64 {
        let statement = self.after(format!("update {} set {column} = {from}", self.table));
        self.world.changed(statement).await
    }

    /// Narrows to the rows whose `column` is the identity of anybody else.
    pub fn not_whose(self, column: &str, name: &str) -> Self {
        self.where_(format!("{column} <> (select id from identities where name = '{name}')"))
    }

    /// Narrows records to one action, such as `secret.reveal`.
    pub fn of(self, action: &str) -> Self {
        self.with("action", action)
    }

    /// Narrows records to decisions that allowed something.
    pub fn allowed(self) -> Self {
        self.with("decision", "allowed")
    }

    pub fn refused(self) -> Self {
        self.with("decision", "refused")
    }

    /// Narrows records to one code of a reason.
    pub fn because(self, reason_code: &str) -> Self {
        self.with("reason_code", reason_code)
    }

    /// Narrows to what is of this person.
    pub fn by(self, name: &str) -> Self {
        self.with("name", name)
    }

    /// Sorts by these columns; records are sorted by their ids without it.
    pub fn ordered(mut self, columns: &str) -> Self {
        columns.clone_into(&mut self.order);
        self
    }

    fn after(&self, head: String) -> String {
        let mut statement = head;
        if !self.conditions.is_empty() {
            statement.push_str(" where ");
            statement.push_str(&self.conditions.join(" and "));
        }
        statement
    }

    fn select(&self, what: &str) -> String {
        let mut statement = self.after(format!("select {what} from {}", self.table));
        if !self.order.is_empty() {
            statement.push_str(&format!(" order by {}", self.order));
        }
        statement
    }

    pub async fn count(mut self) -> i64 {
        self.order.clear();
        self.world.number(self.select("count(*)")).await
    }

    pub async fn ids(self) -> Vec<String> {
        self.each("id").await
    }

    /// One column of each row, which is a text.
    pub async fn each(self, column: &str) -> Vec<String> {
        self.world.column(self.select(column)).await
    }

    /// The sign-in names of the identities that a column holds.
    pub async fn names_of(self, column: &str) -> Vec<String> {
        let names = format!("(select i.name from identities i where i.id = {}.{column})", self.table);
        self.each(&names).await
    }

    /// What a column holds, each text once, in the order of the alphabet.
    pub async fn distinct(mut self, column: &str) -> Vec<String> {
        column.clone_into(&mut self.order);
        self.world.column(self.select(&format!("distinct {column}"))).await
    }

    /// The columns of each row, with a space between each two.
    pub async fn each_of(self, columns: &[&str]) -> Vec<String> {
        self.world.column(self.select(&columns.join(" || ' ' || "))).await
    }

    /// The id of the first row by name.
    pub async fn first(self) -> String {
        self.ordered("name").one("id").await
    }

    /// One column of the first row, which is a text.
    pub async fn one(self, column: &str) -> String {
        let mut found = self.each(column).await;
        assert!(!found.is_empty(), "there is such a row");
        found.swap_remove(0)
    }

    /// The one column of the first row, which is a number.
    pub async fn number(mut self, column: &str) -> i64 {
        if column.contains('(') {
            self.order.clear();
        }
        self.world.number(self.select(column)).await
    }

    pub async fn remove(self) -> u64 {
        let statement = self.after(format!("delete from {}", self.table));
        self.world.changed(statement).await
    }

    /// Changes a column of each row, past Doorward.
    pub async fn set(self, column: &str, value: impl Into<Value>) -> u64 {
        self.set_all(&[(column, value.into())]).await
    }

    /// Changes several columns of each row in one statement.
    pub async fn set_all(self, columns: &[(&str, Value)]) -> u64 {
        let columns: Vec<_> = columns.iter().map(|(name, value)| format!("{name} = {}", value.literal())).collect();
        let statement = self.after(format!("update {} set {}", self.table, columns.join(", ")));
        self.world.changed(statement).await
    }
}

impl World {
    pub(super) async fn number(&self, statement: String) -> i64 {
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_one(&self.rows).await;
        row.expect("the statement runs").get(0)
    }

    pub async fn column(&self, statement: String) -> Vec<String> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&self.rows).await;
        rows.expect("the statement runs").iter().map(|row| row.get(0)).collect()
    }

    /// Adds a row with these columns, past Doorward.
    pub async fn add_row(&self, table: &str, columns: &[(&str, Value)]) {
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<_> = columns.iter().map(|(_, value)| value.literal()).collect();
        self.change(format!("insert into {table} ({}) values ({})", names.join(", "), values.join(", "))).await;
    }

    /// Runs a statement, and says how many rows it changed.
    pub async fn changed(&self, statement: String) -> u64 {
        let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&self.rows).await;
        done.expect("the statement runs").rows_affected()
    }

    pub async fn change(&self, statement: String) {
        self.changed(statement).await;
    }
}
