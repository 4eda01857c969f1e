//! Reads the rows that policy read at a time in the past. Triggers keep them in `policy_history`.

use super::PolicyRows;
use super::load::{account, by_identity, each, granted, permission, secret};
use crate::db::transaction::Source;
use crate::db::{self, broken, unavailable};
use crate::secrets::environments::rules;
use doorward::guard::Unavailable;
use doorward::{Environment, SecretId, Timestamp};

/// The rows of `policy_history` that counted at $1, of one kind. $1 is repeated by its number.
macro_rules! rows_then {
    ($alias:literal, $what:literal) => {
        concat!(
            $alias,
            ".what = '",
            $what,
            "' and ",
            $alias,
            ".since <= $1 and (",
            $alias,
            ".until is null or ",
            $alias,
            ".until > $1) and (",
            $alias,
            ".ends_at is null or ",
            $alias,
            ".ends_at > $1)"
        )
    };
}

const ACCOUNTS: &str = concat!(
    "select i.id, i.name, i.display_name, i.kind from policy_history a join identities i on i.id = a.subject where ",
    rows_then!("a", "account"),
    " order by i.name"
);
const PERMISSIONS: &str = concat!(
    "select p.subject as role, p.object as permission, p.environment from policy_history p where ",
    rows_then!("p", "permission")
);
const GIVEN: &str = concat!(
    "select r.subject as identity, r.object as role, r.environment, cast(null as text) as by_group \
     from policy_history r where ",
    rows_then!("r", "role"),
    " union all select m.subject, r.object, r.environment, coalesce(g.name, m.object) from policy_history m \
     join policy_history r on r.subject = m.object and ",
    rows_then!("r", "group_role"),
    " left join identity_groups g on g.id = m.object where ",
    rows_then!("m", "member")
);
/// $2 is the secret. Rules that ask for more proof are those of now: they do not decide who could. Of one that was brought back it is not kept when it was archived.
const SECRET: &str = concat!(
    "select s.id, s.name, h.environment, ",
    rules!(),
    ", h.subject as owner, case when s.archived_at <= $1 then s.archived_at else null end as archived_at from policy_history h \
     join secrets s on s.id = h.object join environments e on e.name = h.environment where ",
    rows_then!("h", "secret"),
    " and h.object = $2"
);
const GRANTS: &str = concat!(
    "select g.subject as identity, g.object as secret from policy_history g where ",
    rows_then!("g", "grant"),
    " and g.object = $2 union all select m.subject, g.object from policy_history m \
     join policy_history g on g.subject = m.object and ",
    rows_then!("g", "group_grant"),
    " and g.object = $2 where ",
    rows_then!("m", "member")
);
const WALLS: &str =
    concat!("select w.subject from policy_history w where w.object = 'no_machines' and ", rows_then!("w", "rule"));
const KEPT_SINCE: &str = "select min(since) as since from policy_history";

impl PolicyRows {
    /// Reads the rows as they were at a time, with one secret. There is no secret if it did not exist then.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn at(source: &mut Source, at: Timestamp, id: SecretId) -> Result<Self, Unavailable> {
        let of_secret = |statement| db::query(statement).bind(at.0).bind(id.to_string());
        let accounts = source.all(db::query(ACCOUNTS).bind(at.0)).await?;
        let permissions = source.all(db::query(PERMISSIONS).bind(at.0)).await?;
        let given = source.all(db::query(GIVEN).bind(at.0)).await?;
        let secrets = source.all(of_secret(SECRET)).await?;
        let grants = source.all(of_secret(GRANTS)).await?;
        let walls = source.all(db::query(WALLS).bind(at.0)).await?;
        Ok(Self {
            accounts: each(&accounts, account)?,
            permissions: each(&permissions, permission)?,
            given: by_identity(&given)?,
            environments: Vec::new(),
            walls: each(&walls, |row| Environment::parse(row.try_get(0)?).map_err(broken))?,
            secrets: each(&secrets, secret)?,
            grants: granted(&grants)?,
        })
    }

    /// Returns when the rows began to be kept, by the database's clock.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn kept_since(source: &mut Source) -> Result<Option<Timestamp>, Unavailable> {
        let Some(row) = source.optional(db::query(KEPT_SINCE)).await? else { return Ok(None) };
        row.try_get::<Option<i64>>("since").map(|since| since.map(Timestamp)).map_err(unavailable)
    }
}
