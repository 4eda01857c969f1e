//! The store behind the pages about permissions.

use crate::access::permissions::used::{self, UNUSED_AFTER, Use};
use crate::access::rows::{Account, GivenRow, PolicyRows, reach};
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities::roles::permissions;
use crate::identities::{self, given_roles};
use app::access::policy::permissions::{ListHolders, ListUnusedRoles, OwnRole, TakeRoles};
use app::access::store::permissions::{
    MATRIX_ROWS, Matrix, MatrixCell, MatrixRow, PermissionHolder, PermissionHolders, Permissions, TakeError,
    UnusedRoles,
};
use app::backend::{Permit, StoreError};
use app::identities::policy::GiveRole;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::{Environment, Principal, Timestamp};

#[async_trait]
impl Permissions for SqlBackend {
    async fn holders(&self, permit: Permit<ListHolders>) -> Result<PermissionHolders, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let mut source = self.searcher();
        let rows = PolicyRows::now(&mut source, who.now, 0).await?;
        let environments = rows.environments.clone();
        let uses = used::since(&mut source, Timestamp(who.now.0 - UNUSED_AFTER.0)).await?;
        let uses = |account: &Account| uses.get(&account.identity).map(Vec::as_slice).unwrap_or_default();
        let within = asked.environment.as_ref();
        let (holders, matrix) = match &asked.permission {
            None => {
                let accounts = rows.accounts.iter().take(MATRIX_ROWS);
                let shown = accounts.map(|account| matrix_row(&rows, account, uses(account), within)).collect();
                (None, Some(Matrix { rows: shown, is_cut: rows.accounts.len() > MATRIX_ROWS }))
            }
            Some(permission) => {
                let holder = |account| holder(&rows, account, uses(account), (permission, within), who);
                (Some(rows.accounts.iter().filter_map(holder).collect()), None)
            }
        };
        Ok(PermissionHolders { permissions: permissions().collect(), environments, holders, matrix })
    }

    async fn unused_roles(&self, permit: Permit<ListUnusedRoles>) -> Result<UnusedRoles, StoreError> {
        let who = permit.principal();
        let mut source = self.searcher();
        let from = Timestamp(who.now.0 - UNUSED_AFTER.0);
        let rows = PolicyRows::now(&mut source, who.now, 0).await?;
        let uses = used::since(&mut source, from).await?;
        let unused = used::unused(&mut source, &rows, &uses, (who.now, from)).await?;
        let records_since = used::records_since(&mut source).await?;
        let may_take = who.holds(GiveRole::NAME).everywhere().allows();
        Ok(UnusedRoles { rows: unused, may_take, asker: who.identity, records_since })
    }

    async fn take_roles(&self, permit: Permit<TakeRoles>) -> Result<(), TakeError> {
        let taken = change(permit, async |source, granted| {
            take(source, &granted.action.roles).await?;
            Ok(granted.action.roles)
        });
        taken.await?.iter().for_each(|own| self.live.look_at(own.identity));
        Ok(())
    }
}

/// What an account holds, and what of it was used. `within` narrows both to one environment.
fn matrix_row(rows: &PolicyRows, account: &Account, uses: &[Use], within: Option<&Environment>) -> MatrixRow {
    let reach = reach(&rows.held(account.identity).holdings, &rows.environments);
    let names: Vec<&str> = rows.environments.iter().map(Environment::as_str).collect();
    let cell = |permission: &str| {
        let holds = |environment: &str| reach.contains(&(permission.to_owned(), environment.to_owned()));
        let is_shown = |name: &&&str| within.is_none_or(|within| within.as_str() == **name) && holds(name);
        let environments: Vec<String> = names.iter().filter(is_shown).map(|name| (*name).to_owned()).collect();
        let everywhere = holds("*");
        let is_of = |used: &&Use| {
            let fits = |within: &Environment| used.environment.is_empty() || used.environment == within.as_str();
            used.permission == permission && within.is_none_or(fits)
        };
        let used = uses.iter().any(|used| is_of(&used));
        (everywhere || !environments.is_empty()).then_some(MatrixCell { everywhere, environments, used })
    };
    let display_name = account.display_name.clone();
    MatrixRow { identity: account.identity, display_name, cells: permissions().map(cell).collect() }
}

/// What an account's roles say about a permission, or `None` if it does not hold it there.
fn holder(
    rows: &PolicyRows,
    account: &Account,
    uses: &[Use],
    (permission, environment): (&str, Option<&Environment>),
    asker: &Principal,
) -> Option<PermissionHolder> {
    rows.principal(account, asker).holds(permission).within_its(environment).outcome().ok()?;
    let given = rows.given.get(&account.identity).into_iter().flatten();
    let by = given.filter(|given| holds(rows, given, (permission, environment), asker, account));
    let last = uses.iter().filter(|used| used.permission == permission).filter(|used| {
        environment.is_none_or(|environment| used.environment.is_empty() || used.environment == environment.as_str())
    });
    Some(PermissionHolder {
        identity: account.identity,
        name: account.name.clone(),
        display_name: account.display_name.clone(),
        by: by.map(in_words).collect(),
        used: last.map(|used| used.last).max(),
    })
}

/// Whether one given role holds the permission by itself.
fn holds(
    rows: &PolicyRows,
    given: &GivenRow,
    (permission, environment): (&str, Option<&Environment>),
    asker: &Principal,
    account: &Account,
) -> bool {
    let alone = PolicyRows {
        given: [(account.identity, vec![given.clone()])].into(),
        permissions: rows.permissions.iter().filter(|row| row.role == given.role).cloned().collect(),
        ..PolicyRows::default()
    };
    alone.principal(account, asker).holds(permission).within_its(environment).allows()
}

fn in_words(given: &GivenRow) -> String {
    let within = match given.environment.as_str() {
        "*" => String::new(),
        environment => format!(" in {environment}"),
    };
    let by = given.by_group.as_ref().map(|group| format!(" by the group {group}")).unwrap_or_default();
    format!("{}{within}{by}", given.role)
}

/// Identities are locked in one order, whoever takes roles away at the same time.
async fn take(source: &mut Source, roles: &[OwnRole]) -> Result<(), NotMade<TakeError>> {
    let mut roles: Vec<_> = roles.iter().collect();
    roles.sort_by_key(|own| own.identity);
    for OwnRole { identity, role, within } in roles {
        identities::sql::lock(source, *identity).await?;
        if !given_roles::take(source, *identity, role, within).await? {
            return Err(NotMade::Invalid(TakeError::Gone));
        }
    }
    let stays = given_roles::somebody_may_give(source).await?;
    stays.then_some(()).ok_or(NotMade::Invalid(TakeError::LastAdministrator))
}
