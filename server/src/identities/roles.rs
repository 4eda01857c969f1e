//! The built-in roles. This table says who holds which permission where; at each start the rows of the database are made
//! equal to it. Roles that are not in the table are left alone.
//!
//! An older version would take a newer table back when it starts. So a change of the table comes with a migration, even an
//! empty one: older versions refuse to start with a newer schema.

use crate::access::policy_version;
use crate::backend::{SqlBackend, by_command};
use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, unavailable};
use crate::{identities, ledger};
use doorward::action::Resource;
use doorward::guard::Unavailable;

const ROLES: &str = "select name, purpose from roles";
const PERMISSIONS: &str = "select role, permission, environment from role_permissions";
const SET_ROLE: &str = "insert into roles (name, purpose) values ($1, $2) \
     on conflict (name) do update set purpose = excluded.purpose";
const ADD: &str = "insert into role_permissions (role, permission, environment) values ($1, $2, $3)";
const REMOVE: &str = "delete from role_permissions where role = $1 and permission = $2 and environment = $3";
const BUMP_PRIVILEGES_VERSIONS: &str = "update identities set rights = rights + 1 \
     where id in (select identity from held_roles where role = $1)";
/// Processes that start at once change roles one after the other. SQLite has one writer, and needs no lock.
const LOCK: &str = "select cast(pg_advisory_xact_lock(2, 0) as text)";

/// The names of the built-in roles and what each is for, as the columns of [`TABLE`] have them.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("viewer", "Knows of the secrets that are granted to it."),
    ("operator", "Reads and changes the values of its secrets outside production, and reads those in production."),
    ("approver", "Knows of every secret, so as to judge requests."),
    ("auditor", "Knows of every secret, and sees no value."),
    ("administrator", "Manages people, roles, sessions and secrets, and uses its own secrets."),
];

/// The environments in which a role holds a permission.
type Environments = &'static [&'static str];

const NOWHERE: Environments = &[];
/// In every environment. Permissions that concern no environment are held like this too.
const EVERYWHERE: Environments = &["*"];
const DEV: Environments = &["dev"];
const TESTS: Environments = &["dev", "staging"];

#[rustfmt::skip]
const TABLE: [(&str, [Environments; BUILT_IN.len()]); 35] = [
    //                     viewer      operator    approver    auditor     administrator
    ("secret.list",       [EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE]),
    ("secret.read",       [EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE]),
    ("secret.inventory",  [NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE, EVERYWHERE]),
    ("secret.reveal",     [DEV,        EVERYWHERE, NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.add",        [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.rotate",     [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.rename",     [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.edit",       [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.archive",    [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.delete",     [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.access",     [NOWHERE,    EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE]),
    ("secret.share",      [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.history",    [NOWHERE,    EVERYWHERE, EVERYWHERE, EVERYWHERE, EVERYWHERE]),
    ("secret.export",     [NOWHERE,    EVERYWHERE, NOWHERE,    EVERYWHERE, EVERYWHERE]),
    ("secret.export_values", [NOWHERE, NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("secret.canary",     [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("delivery.add",      [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("delivery.anyone",   [NOWHERE,    TESTS,      NOWHERE,    NOWHERE,    TESTS     ]),
    ("identity.list",     [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE]),
    ("identity.add",      [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("identity.disable",  [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("group.edit",        [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("machine.list",      [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE]),
    ("machine.edit",      [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("role.give",         [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("role.edit",         [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("environment.edit",  [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("session.list",      [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE]),
    ("session.revoke",    [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("incident.list",     [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE]),
    ("incident.close",    [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("methods.reset",     [NOWHERE,    NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE]),
    ("ledger.read",       [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, NOWHERE   ]),
    ("ledger.export",     [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, NOWHERE   ]),
    ("route.list",        [NOWHERE,    NOWHERE,    NOWHERE,    EVERYWHERE, EVERYWHERE]),
];

/// A row of `role_permissions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The role's name.
    pub role: String,
    /// The permission's name.
    pub permission: String,
    /// An environment, or `*` for all of them.
    pub environment: String,
}

/// Every row that the built-in roles have.
#[must_use]
pub fn rows() -> Vec<Held> {
    let mut rows = Vec::new();
    for (permission, held) in TABLE {
        for ((role, _), environments) in BUILT_IN.into_iter().zip(held) {
            for environment in environments {
                rows.push(Held {
                    role: role.into(),
                    permission: permission.into(),
                    environment: (*environment).into(),
                });
            }
        }
    }
    rows
}

/// Returns the name of every permission.
pub fn permissions() -> impl Iterator<Item = &'static str> {
    TABLE.into_iter().map(|(permission, _)| permission)
}

/// Returns whether a role is one of the table.
#[must_use]
pub fn is_built_in(role: &str) -> bool {
    BUILT_IN.iter().any(|(name, _)| *name == role)
}

/// The table in Markdown, as `docs/roles.md` has it.
#[must_use]
pub fn markdown() -> String {
    let names = BUILT_IN.map(|(name, _)| name).join(" | ");
    let mut text = format!("| permission | {names} |\n|---|{}\n", "---|".repeat(BUILT_IN.len()));
    for (permission, held) in TABLE {
        let cells = held.map(|environments| match environments {
            ["*"] => "everywhere".to_owned(),
            environments => environments.join(", "),
        });
        text.push_str(&format!("| `{permission}` | {} |\n", cells.join(" | ")));
    }
    text
}

/// What has to be done to make the database's rows equal to the table.
#[derive(Default)]
struct Difference {
    roles: Vec<(&'static str, &'static str)>,
    added: Vec<Held>,
    removed: Vec<Held>,
}

impl Difference {
    async fn find(source: &mut Source) -> Result<Self, Unavailable> {
        let read = |row: &Row| Ok::<(String, String), sqlx::Error>((row.try_get(0)?, row.try_get(1)?));
        let known: Vec<_> =
            source.all(db::query(ROLES)).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
        let has = |role: &(&str, &str)| known.iter().any(|(name, purpose)| (name.as_str(), purpose.as_str()) == *role);
        let read = |row: &Row| {
            Ok::<_, sqlx::Error>(Held {
                role: row.try_get(0)?,
                permission: row.try_get(1)?,
                environment: row.try_get(2)?,
            })
        };
        let held: Vec<_> = source
            .all(db::query(PERMISSIONS))
            .await?
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(unavailable)?;
        let rows = rows();
        Ok(Self {
            roles: BUILT_IN.into_iter().filter(|role| !has(role)).collect(),
            added: rows.iter().filter(|row| !held.contains(row)).cloned().collect(),
            removed: held.into_iter().filter(|row| is_built_in(&row.role) && !rows.contains(row)).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }
}

/// Makes the rows of the built-in roles equal to the table, and records each role that changed.
///
/// # Errors
/// If the database does not answer.
pub async fn bring_up_to_date(backend: &SqlBackend) -> Result<(), Unavailable> {
    // Usually there is nothing to do, and then no start waits for another.
    if Difference::find(&mut Source::reader(&backend.database)).await?.is_empty() {
        return Ok(());
    }
    let mut source = Source::writer(&backend.database).await?;
    if source.engine() == Engine::Postgres {
        source.optional(db::query(LOCK)).await?;
    }
    let difference = Difference::find(&mut source).await?;
    if difference.is_empty() {
        return Ok(());
    }
    apply(&mut source, &difference).await?;
    // In a new database nobody has a role yet, and nothing changes for anybody.
    if !identities::sql::nobody_yet(&mut source).await? {
        record(backend, &mut source, &difference).await?;
    }
    source.commit().await
}

/// Rows are locked in the order in which decisions lock them: identities, permissions, the policy's version.
async fn apply(source: &mut Source, difference: &Difference) -> Result<(), Unavailable> {
    for (role, _) in BUILT_IN {
        if difference.removed.iter().any(|row| row.role == role) {
            source.execute(db::query(BUMP_PRIVILEGES_VERSIONS).bind(role)).await?;
        }
    }
    for (name, purpose) in &difference.roles {
        source.execute(db::query(SET_ROLE).bind(*name).bind(*purpose)).await?;
    }
    for (statement, rows) in [(REMOVE, &difference.removed), (ADD, &difference.added)] {
        for Held { role, permission, environment } in rows.iter().cloned() {
            source.execute(db::query(statement).bind(role).bind(permission).bind(environment)).await?;
        }
    }
    if difference.added.is_empty() && difference.removed.is_empty() {
        // Nobody decides by what a role is for.
        return Ok(());
    }
    policy_version::changed(source).await
}

async fn record(backend: &SqlBackend, source: &mut Source, difference: &Difference) -> Result<(), Unavailable> {
    for (role, _) in BUILT_IN {
        let of_role = |rows: &[Held]| {
            let rows = rows.iter().filter(|row| row.role == role);
            rows.map(|row| format!("{}@{}", row.permission, row.environment)).collect::<Vec<_>>().join(",")
        };
        let (added, removed) = (of_role(&difference.added), of_role(&difference.removed));
        if added.is_empty() && removed.is_empty() {
            continue;
        }
        let said = Resource::of("role", role).with("added", added).with("removed", removed);
        let entry = by_command(backend, "role.update", said.name, said.parameters);
        ledger::sql::append_in(source, &entry).await?;
    }
    Ok(())
}
