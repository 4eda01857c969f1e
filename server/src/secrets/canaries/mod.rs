//! The table `canaries`: secrets that nobody uses, and that end the session of whoever discloses them.

mod decoys;

use crate::backend::{SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::secrets;
use crate::secrets::values::Target;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{AddDecoy, ListCanaries, MarkCanary, ReadCanary};
use app::secrets::store::{AddError, Canaries, CanaryList, CanaryRow, SecretRow};
use async_trait::async_trait;
use decoys::Decoy;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, Principal, SecretId, Timestamp};

const MARK: &str =
    "insert into canaries (secret, marked_by, marked_at) values ($1, $2, $3) on conflict (secret) do nothing";
const UNMARK: &str = "delete from canaries where secret = $1";
const ALL: &str = "select c.secret, i.display_name, c.marked_at from canaries c left join identities i on i.id = c.marked_by \
     join secrets s on s.id = c.secret join environments e on e.name = s.environment order by e.position, s.environment, s.name";

/// How many free names are tried for a decoy.
const TRIES: usize = 20;

async fn mark(source: &mut Source, id: SecretId, by: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    let statement = db::query(MARK).bind(id.to_string()).bind(by.to_string()).bind(now.0);
    source.execute(statement).await.map(|_| ())
}

fn read(row: &Row) -> Result<(SecretId, Option<String>, Timestamp), sqlx::Error> {
    let id = SecretId::parse(row.try_get("secret")?).map_err(broken)?;
    Ok((id, row.try_get("display_name")?, Timestamp(row.try_get("marked_at")?)))
}

/// Returns the canaries, decided one by one as if each were opened.
async fn allowed(source: &mut Source, who: &Principal) -> Result<Vec<CanaryRow>, Unavailable> {
    let mut rows = Vec::new();
    for row in source.all(db::query(ALL)).await? {
        let (id, marked_by, marked) = read(&row).map_err(unavailable)?;
        let Some(found) = secrets::lists::one(source, id, who).await? else { continue };
        let asks = ReadCanary { id };
        if asks.decide(who, &found.facts).allows() {
            let SecretRow { name, environment, protected, .. } = found.row;
            rows.push(CanaryRow { id, name, environment, protected, marked_by, marked });
        }
    }
    Ok(rows)
}

impl SqlBackend {
    /// Adds a secret that looks like any other, and marks it.
    async fn add_decoy_in(
        &self,
        source: &mut Source,
        (environment, shape): (&Environment, &str),
        who: &Principal,
    ) -> Result<(SecretId, String), Unavailable> {
        for _ in 0..TRIES {
            let Decoy { name, value } = Decoy::new(shape, &*self.random).ok_or(Unavailable)?;
            let id = SecretId::new(who.now, &*self.random);
            if !secrets::sql::add(source, id, environment, &name, who.identity, who.now).await? {
                continue;
            }
            let by = Some(who.identity);
            let target = Target { secret: id, version: 1, environment: environment.as_str(), by };
            self.store_version(source, &target, &value.into(), who.now).await?;
            mark(source, id, who.identity, who.now).await?;
            return Ok((id, name));
        }
        Err(Unavailable)
    }
}

#[async_trait]
impl Canaries for SqlBackend {
    async fn canaries(&self, permit: Permit<ListCanaries>) -> Result<CanaryList, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let rows = allowed(&mut source, who).await?;
        let mut environments = Vec::new();
        for environment in secrets::environments::names(&mut source).await? {
            let facts = secrets::environments::facts(&mut source, &environment).await?;
            let asks = AddDecoy { environment: environment.clone(), shape: "" };
            if facts.is_some_and(|facts| asks.decide(who, &facts).allows()) {
                environments.push(environment);
            }
        }
        Ok(CanaryList { rows, environments })
    }

    async fn canary(&self, permit: Permit<ReadCanary>) -> Result<(bool, String), StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let found = secrets::lists::one(&mut self.reader(), id, who).await?.ok_or(StoreError::Gone)?;
        Ok((found.facts.canary, found.row.name))
    }

    async fn mark_canary(&self, permit: Permit<MarkCanary>) -> Result<(), StoreError> {
        let marked = change(permit, async |source, granted| {
            let (MarkCanary { id, on }, who) = (granted.action, granted.principal);
            if on {
                return Ok(mark(source, id, who.identity, who.now).await?);
            }
            source.execute(db::query(UNMARK).bind(id.to_string())).await?;
            Ok(())
        });
        marked.await
    }

    async fn add_decoy(&self, permit: Permit<AddDecoy>, form: Option<&str>) -> Result<(SecretId, String), AddError> {
        let added = change(permit, async |source, granted| {
            let (AddDecoy { environment, shape }, who) = (granted.action, granted.principal);
            once(source, &who, form, AddError::SentBefore).await?;
            Ok(self.add_decoy_in(source, (&environment, shape), &who).await?)
        });
        added.await
    }
}
