//! The conditions of a list: every secret that the row-by-row decision could allow, and no more than the filter asks for. A
//! property test keeps lists and decisions consistent.

use crate::db::{self, Engine, Statement, Value};
use crate::secrets::sql::literal;
use app::secrets::filter::{Filter, Uses};
use app::secrets::policy::{INVENTORY, ReadSecret, RevealSecret, RotateSecret};
use doorward::action::Action as _;
use doorward::{Environment, Environments, Principal, Within};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use std::collections::BTreeSet;

/// Conditions on the secret `s`, and the values that they bind. A condition is there only if it is needed, so that a list
/// without a filter is read from an index alone.
pub(in crate::secrets) struct Narrowed {
    /// Where `s` comes from.
    pub from: String,
    /// Whether every secret of some environment is a candidate.
    pub oversees: bool,
    /// Whether the list is walked in its order.
    walks: bool,
    engine: Engine,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Narrowed {
    /// Returns the conditions of a list for `who`, whose order does not matter.
    pub fn of(filter: &Filter, who: &Principal, engine: Engine) -> Self {
        Self::with((Vec::new(), false), filter, who, engine)
    }

    /// Like [`Narrowed::of`], of a list that is walked in its order.
    pub fn walked(filter: &Filter, who: &Principal, engine: Engine) -> Self {
        Self::with((Vec::new(), true), filter, who, engine)
    }

    /// Like [`Narrowed::walked`], with the identity as $1 and the time as $2.
    pub fn rows(filter: &Filter, who: &Principal, engine: Engine) -> Self {
        Self::with((vec![who.identity.to_string().into(), who.now.0.into()], true), filter, who, engine)
    }

    /// Like [`Narrowed::rows`], of what `who` owns or was granted and nothing else.
    pub fn own_rows(filter: &Filter, who: &Principal, engine: Engine) -> Self {
        let mut narrowed = Self::rows(filter, who, engine);
        if narrowed.oversees {
            let own = narrowed.own(who);
            narrowed.add(format!("s.id in ({own})"));
        }
        narrowed
    }

    fn with((values, walks): (Vec<Value>, bool), filter: &Filter, who: &Principal, engine: Engine) -> Self {
        let from = "secrets s".to_owned();
        let mut narrowed = Self { from, oversees: false, walks, engine, conditions: Vec::new(), values };
        narrowed.scope(filter, who);
        narrowed.filter(filter);
        narrowed.uses(filter, who);
        narrowed
    }

    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Adds a condition.
    pub fn add(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Adds a value, and returns the placeholder for it.
    pub fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Returns the conditions as one.
    pub fn conditions(&self) -> String {
        self.conditions.join(" and ")
    }

    /// Returns a statement with the values.
    pub fn statement(self, text: String) -> Statement {
        let statement = db::query(AssertSqlSafe(text).into_sql_str());
        self.values.into_iter().fold(statement, Statement::bind)
    }

    /// Those who oversee an environment have every secret of it as a candidate. Everybody has what they own or were granted,
    /// found by index: such a list costs as much as it is long, however large the vault is.
    fn scope(&mut self, filter: &Filter, who: &Principal) {
        let asked = filter.environment.clone().map_or(Environments::Everywhere, |one| Environments::Only([one].into()));
        let readable = held(who, ReadSecret::NAME).and(asked);
        let overseen = readable.clone().and(held(who, INVENTORY));
        // What somebody owns or may use is among what they own or were granted.
        let owns = matches!(filter.uses, Some(Uses::Own | Uses::Reveal | Uses::Rotate));
        self.oversees = !owns && !overseen.is_nowhere();
        match &overseen {
            all if self.oversees && *all == readable => {}
            Environments::Only(environments) if self.oversees => {
                let (within, own) = (self.within(environments.iter()), self.own(who));
                self.add(format!("({within} or s.id in ({own}))"));
            }
            _ => self.from = format!("({}) m join secrets s on s.id = m.id", self.own(who)),
        }
        if let Environments::Only(environments) = &readable {
            let within = self.within(environments.iter());
            self.add(within);
        }
        if !who.walled_off.is_empty() {
            let walled_off = self.within(who.walled_off.iter());
            self.add(format!("not {walled_off}"));
        }
    }

    /// In a list that is walked, a condition that matches no index: with one on the environment, SQLite and PostgreSQL would sort
    /// all rows of it instead of walking the names in order. Rows in any order are found by that index soonest.
    fn within<'a>(&mut self, environments: impl Iterator<Item = &'a Environment>) -> String {
        let places: Vec<_> = environments.map(|environment| self.place(environment.to_string())).collect();
        let environment = if self.walks || !self.oversees { "(s.environment || '')" } else { "s.environment" };
        if places.is_empty() { "1 = 0".to_owned() } else { format!("{environment} in ({})", places.join(", ")) }
    }

    fn own(&mut self, who: &Principal) -> String {
        let (identity, now) = (self.place(who.identity.to_string()), self.place(who.now.0));
        own(&identity, &now)
    }

    /// What `who` may do: the row-by-row decisions as conditions. The value of an archived secret is not used.
    fn uses(&mut self, filter: &Filter, who: &Principal) {
        let permission = match filter.uses {
            None => return,
            Some(Uses::Own) => {
                let place = self.place(who.identity.to_string());
                return self.add(format!("s.owner = {place}"));
            }
            Some(Uses::Reveal) => held(who, RevealSecret::NAME),
            Some(Uses::Rotate) => held(who, RotateSecret::NAME),
            Some(Uses::See) => either(held(who, RevealSecret::NAME), held(who, RotateSecret::NAME)),
        };
        let within = match &permission {
            Environments::Everywhere => "1 = 1".to_owned(),
            Environments::Only(environments) => self.within(environments.iter()),
        };
        if filter.uses == Some(Uses::See) {
            let own = self.own(who);
            self.add(format!("not (s.archived_at is null and {within} and s.id in ({own}))"));
        } else {
            self.add(format!("s.archived_at is null and {within}"));
        }
    }

    fn filter(&mut self, filter: &Filter) {
        self.add(format!("s.archived_at is {}null", if filter.archived { "not " } else { "" }));
        if let Some(environment) = &filter.environment {
            let place = self.place(environment.to_string());
            // What one owns or was granted is looked through, and not the environment.
            let column = if self.oversees { "s.environment" } else { "(s.environment || '')" };
            self.add(format!("{column} = {place}"));
        }
        if !filter.name.is_empty() {
            let place = self.place(literal(&filter.name));
            // SQLite's `like` ignores the case of the letters that its `lower` knows.
            let name = if self.engine == Engine::Sqlite { "s.name" } else { "lower(s.name)" };
            self.add(format!("{name} like '%' || {place} || '%' escape '!'"));
        }
        if let Some(folder) = &filter.folder {
            let (from, end) = (self.place(format!("{folder}/")), self.place(format!("{folder}0")));
            self.add(format!("s.name >= {from} and s.name < {end}"));
        }
        if !filter.owner.is_empty() {
            let place = self.place(filter.owner.clone());
            self.add(format!("s.owner in ({})", owners(&place)));
        }
        if let Some(tag) = &filter.tag {
            let place = self.place(tag.to_string());
            self.add(format!("s.id in (select secret from secret_tags where tag = {place})"));
        }
    }
}

/// Selects the owners of a name, which is a sign-in name or the name for people in lower case.
fn owners(name: &str) -> String {
    format!("select i.id from identities i where i.name = {name} or i.search_text = i.name || ' ' || {name}")
}

/// Selects the ids of the secrets that an identity owns or was granted.
pub(super) fn own(identity: &str, now: &str) -> String {
    format!(
        "select id from secrets where owner = {identity} union \
         select secret from grants where identity = {identity} and (ends_at is null or ends_at > {now}) union \
         select g.secret from group_members n join group_grants g on g.group_id = n.group_id \
         where n.identity = {identity} and (n.ends_at is null or n.ends_at > {now}) \
         and (g.ends_at is null or g.ends_at > {now})"
    )
}

fn either(one: Environments, other: Environments) -> Environments {
    match (one, other) {
        (Environments::Only(one), Environments::Only(other)) => Environments::Only(&one | &other),
        _ => Environments::Everywhere,
    }
}

/// The environments in which a role names a permission. Those that keep `who` out are another condition.
fn held(who: &Principal, permission: &str) -> Environments {
    let mut only = BTreeSet::new();
    for holding in who.holdings.iter().filter(|holding| &*holding.permission == permission) {
        match &holding.within {
            Within::Everywhere => return Environments::Everywhere,
            Within::Only(environment) => only.insert(environment.clone()),
        };
    }
    Environments::Only(only)
}
