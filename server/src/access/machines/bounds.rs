//! What narrows a session, as the table `machine_sessions` has it.

use crate::db::{Row, broken};
use doorward::{Bounds, Environment, Environments};

/// Reads the bounds of a session.
pub fn read(row: &Row) -> Result<Bounds, sqlx::Error> {
    let environments = match row.try_get::<Option<&str>>("only_environments")? {
        None => Environments::Everywhere,
        Some(names) => Environments::Only(
            names.split_whitespace().map(Environment::parse).collect::<Result<_, _>>().map_err(broken)?,
        ),
    };
    let permissions = row.try_get::<Option<&str>>("only_permissions")?;
    let permissions = permissions.map(|names| names.split_whitespace().map(Into::into).collect());
    Ok(Bounds { permissions, environments })
}

/// Returns the columns `permissions` and `environments`. No bound is null, and an empty text allows nothing.
pub fn columns(bounds: &Bounds) -> (Option<String>, Option<String>) {
    let permissions = bounds.permissions.as_ref();
    let permissions = permissions.map(|names| names.iter().map(|name| &**name).collect::<Vec<_>>().join(" "));
    let environments = match &bounds.environments {
        Environments::Everywhere => None,
        Environments::Only(names) => Some(names.iter().map(Environment::as_str).collect::<Vec<_>>().join(" ")),
    };
    (permissions, environments)
}
