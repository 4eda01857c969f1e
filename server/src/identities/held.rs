//! What the roles of an identity hold: a statement of its own where rows are locked, and a column of the statement that
//! finds a session everywhere else.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, broken, unavailable};
use doorward::guard::Unavailable;
use doorward::{Environment, Holding, IdentityId, Kind, Timestamp, Within};

/// The permissions of roles `$given`, which are aliased `r`.
macro_rules! permissions {
    ($given:literal) => {
        concat!(
            "select r.role, p.permission, case when r.environment = '*' then p.environment else r.environment end \
             as environment from ",
            $given,
            " join role_permissions p on p.role = r.role and (r.environment = '*' or p.environment in ('*', r.environment))"
        )
    };
}

/// The rows of an identity's own roles. `$which` names the identity, `$now` the time.
macro_rules! own {
    ($which:literal, $now:literal) => {
        concat!(
            $crate::identities::held::permissions!("identity_roles r"),
            " where r.identity = ",
            $which,
            " and (r.ends_at is null or r.ends_at > ",
            $now,
            ")"
        )
    };
}

/// The rows of the roles of an identity's groups.
macro_rules! of_groups {
    ($which:literal, $now:literal) => {
        concat!(
            $crate::identities::held::permissions!("group_members m join group_roles r on r.group_id = m.group_id"),
            " where m.identity = ",
            $which,
            " and (m.ends_at is null or m.ends_at > ",
            $now,
            ") and (r.ends_at is null or r.ends_at > ",
            $now,
            ")"
        )
    };
}

/// Both. The identity is compared in each half, because SQLite would read a view of all roles for each outer row.
macro_rules! rows {
    ($which:literal, $now:literal) => {
        concat!(
            $crate::identities::held::own!($which, $now),
            " union all ",
            $crate::identities::held::of_groups!($which, $now)
        )
    };
}

/// A union cannot lock rows. The rows of groups need no lock: whoever takes one of them away updates the identities of
/// the members, which deciding transactions have locked.
const OWN: Lockable = Lockable { plain: own!("$1", "$2"), locking: concat!(own!("$1", "$2"), " for share") };
const OF_GROUPS: &str = of_groups!("$1", "$2");
/// Whoever adds a wall updates the identities of machines, which deciding transactions have locked.
const WALLS: &str = "select name from environments where no_machines <> 0";

/// The same rows as one column, `held`, of a statement that has an identity `i`. The length of each text precedes it, so
/// no name can be read as two.
macro_rules! column {
    ($now:literal) => {
        concat!(
            "(select string_agg(length(role) || ':' || role || length(permission) || ':' || permission \
             || length(environment) || ':' || environment, '') from (",
            $crate::identities::held::rows!("i.id", $now),
            ") as rows_held) as held"
        )
    };
}

pub(crate) use {column, of_groups, own, permissions, rows};

/// The roles and permissions of an identity.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct HeldRoles {
    /// The roles' names.
    pub roles: Vec<Box<str>>,
    /// Their permissions.
    pub holdings: Vec<Holding>,
}

impl HeldRoles {
    /// Reads [`column`]. Returns `None` if it is something else.
    pub(crate) fn read(column: Option<&str>) -> Option<Self> {
        let (mut held, mut rest) = (Self::default(), column.unwrap_or_default());
        while !rest.is_empty() {
            let (role, permission, environment) = (next(&mut rest)?, next(&mut rest)?, next(&mut rest)?);
            held.add(role, permission, environment);
        }
        Some(held)
    }

    pub(crate) fn add(&mut self, role: &str, permission: &str, environment: &str) {
        if !self.roles.iter().any(|known| **known == *role) {
            self.roles.push(role.into());
        }
        // An environment that cannot be parsed grants nothing.
        if let Some(within) = Within::parse(environment) {
            self.holdings.push(Holding { role: role.into(), permission: permission.into(), within });
        }
    }
}

/// Takes the next text off `rest`. Its length in characters and a colon precede it.
fn next<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (length, text) = rest.split_once(':')?;
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let (text, behind) = text.split_at(ends.nth(length.parse().ok()?)?);
    *rest = behind;
    Some(text)
}

/// Returns everything that the roles of an identity hold at `now`.
pub async fn held_by(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<HeldRoles, Unavailable> {
    let mut held = HeldRoles::default();
    for statement in [source.text(OWN), OF_GROUPS] {
        let statement = db::query(statement).bind(identity.to_string()).bind(now.0);
        for row in source.all(statement).await? {
            let text = |column: usize| row.try_get::<&str>(column).map_err(unavailable);
            held.add(text(0)?, text(1)?, text(2)?);
        }
    }
    Ok(held)
}

/// Returns the environments that keep machines out.
pub async fn walls(source: &mut Source) -> Result<Vec<Environment>, Unavailable> {
    let rows = source.all(db::query(WALLS)).await?;
    let read = |row: &Row| Environment::parse(row.try_get(0)?).map_err(broken);
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns those of `walls` that keep out an identity of this kind: all, or none for people.
#[must_use]
pub fn walled_off(kind: Kind, walls: &[Environment]) -> Vec<Environment> {
    if kind.is_machine() { walls.to_vec() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(rows: &[(&str, &str, &str)]) -> HeldRoles {
        let mut held = HeldRoles::default();
        rows.iter().for_each(|(role, permission, environment)| held.add(role, permission, environment));
        held
    }

    #[test]
    fn a_name_is_never_read_as_two() {
        let column = "8:operator11:secret.list1:*6:a4:b:ç11:secret.read3:dev";
        let expected = held(&[("operator", "secret.list", "*"), ("a4:b:ç", "secret.read", "dev")]);
        assert_eq!(HeldRoles::read(Some(column)), Some(expected));
        assert_eq!(HeldRoles::read(None), Some(HeldRoles::default()));
    }

    #[test]
    fn a_column_that_is_cut_or_changed_is_not_read() {
        for column in
            ["8", "8:", "8:operator", "9:operator", "8:operator4:read", "x:a1:b1:c", "-1:a1:b1:c", "1:a1:b9:c"]
        {
            assert_eq!(HeldRoles::read(Some(column)), None, "{column}");
        }
    }
}
