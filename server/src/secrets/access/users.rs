//! Who can do what with a secret: the policy is asked for each account, as if each asked now.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::held::{self, HeldRoles};
use crate::identities::sql::identity_id;
use crate::secrets::grants::granted;
use app::page::form::stated::StatedReason;
use app::secrets::policy::{ReadSecret, RenameSecret, RevealSecret, RotateSecret, ShareSecret};
use app::secrets::store::{SecretFacts, SecretUser};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Kind, Principal, SecretId, SecretName};

/// The most accounts that are asked for. One statement reads them all.
const MOST: i64 = 500;

/// Every account that is not disabled, with its roles and its grant of secret $1 at $2.
const EVERYBODY: &str = concat!(
    "select i.id, i.name, i.display_name, i.kind, case when ",
    granted!("i.id", "$1", "$2"),
    " then 1 else 0 end as granted, ",
    held::column!("$2"),
    " from identities i where i.frozen_at is null order by i.name limit $3 + 0"
);

/// Returns everybody who knows of a secret, or `None` if there are too many accounts. `asker` gives
/// the time, `facts` what is known of the secret.
pub async fn of(
    source: &mut Source,
    id: SecretId,
    facts: &SecretFacts,
    asker: &Principal,
) -> Result<Option<Vec<SecretUser>>, Unavailable> {
    let statement = db::query(EVERYBODY).bind(id.to_string()).bind(asker.now.0).bind(MOST + 1);
    let rows = source.all(statement).await?;
    if i64::try_from(rows.len()).is_ok_and(|count| count > MOST) {
        return Ok(None);
    }
    let mut users = Vec::new();
    for row in &rows {
        let (who, facts) = read(row, facts, asker).map_err(unavailable)?;
        users.extend(user(id, &who, &facts));
    }
    Ok(Some(users))
}

fn read(row: &Row, facts: &SecretFacts, asker: &Principal) -> Result<(Principal, SecretFacts), sqlx::Error> {
    let held = HeldRoles::read(row.try_get("held")?).ok_or_else(|| broken("no roles and permissions"))?;
    let kind = Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?;
    let walls = facts.protection.no_machines.then(|| facts.environment.clone());
    let who = Principal {
        identity: identity_id(row, "id")?,
        name: row.try_get::<String>("name")?.into(),
        display_name: row.try_get::<String>("display_name")?.into(),
        kind,
        roles: held.roles,
        holdings: held.holdings,
        walled_off: held::walled_off(kind, walls.as_slice()),
        ..asker.clone()
    };
    Ok((who, SecretFacts { granted: row.try_get::<i64>("granted")? != 0, ..facts.clone() }))
}

/// What `who` may do, or `None` if they may not know of the secret.
pub(in crate::secrets) fn user(id: SecretId, who: &Principal, facts: &SecretFacts) -> Option<SecretUser> {
    let know = ReadSecret { id }.decide(who, facts).outcome().ok()?;
    let reveal = RevealSecret { id, why: StatedReason::default() }.decide(who, facts).outcome();
    let (grounds, permission) = match reveal {
        Ok(grounds) => (grounds, RevealSecret::NAME),
        Err(_) => (know, ReadSecret::NAME),
    };
    let rename = SecretName::parse(&facts.name).map(|to| RenameSecret { id, to });
    Some(SecretUser {
        identity: who.identity,
        name: who.name.to_string(),
        display_name: who.display_name.to_string(),
        may_reveal: reveal.is_ok(),
        may_rotate: RotateSecret { id, why: StatedReason::default() }.decide(who, facts).allows(),
        may_rename: rename.is_ok_and(|rename| rename.decide(who, facts).allows()),
        may_share: share(id).decide(who, facts).allows(),
        grounds: grounds.words(),
        roles: who.rows_for(permission),
    })
}

/// The question whether somebody may share a secret with anybody else.
pub(in crate::secrets) fn share(id: SecretId) -> ShareSecret {
    ShareSecret { id, with: String::new(), lasts: None, why: StatedReason::default() }
}
