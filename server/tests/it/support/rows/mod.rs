//! Named questions about the rows of a world's database, past Doorward, so that a test needs no SQL of its own.

pub mod table;

pub use table::Rows;

use super::world::World;
use doorward::Timestamp;

impl World {
    /// The ledger's records, in the order of their decisions.
    pub fn records(&self) -> Rows<'_> {
        self.table("audit").ordered("id")
    }

    pub fn incidents(&self) -> Rows<'_> {
        self.table("incidents")
    }

    pub fn notices(&self) -> Rows<'_> {
        self.table("notices")
    }

    /// Sessions, with those that ended.
    pub fn sessions(&self) -> Rows<'_> {
        self.table("sessions")
    }

    /// Sessions that count now.
    pub fn open_sessions(&self) -> Rows<'_> {
        self.table("open_sessions")
    }

    /// What was ended, and when.
    pub fn revocations(&self) -> Rows<'_> {
        self.table("revocations")
    }

    pub fn grants(&self) -> Rows<'_> {
        self.table("grants")
    }

    pub fn secrets(&self) -> Rows<'_> {
        self.table("secrets")
    }

    /// Secrets that were archived.
    pub fn archived_secrets(&self) -> Rows<'_> {
        self.secrets().having("archived_at")
    }

    /// Secrets that this person owns.
    pub fn secrets_of(&self, name: &str) -> Rows<'_> {
        self.secrets().whose("owner", name)
    }

    /// What an environment asks, such as `asks_reason`, is on from now on.
    pub async fn switch_on(&self, environment: &str, rule: &str) {
        self.table("environments").with("name", environment).set(rule, 1).await;
    }

    /// Takes a permission away from every role.
    pub async fn forbid(&self, permission: &str) {
        self.table("role_permissions").with("permission", permission).remove().await;
    }

    /// A secret of ada's in dev that was granted to nobody.
    pub async fn adas_secret(&self) -> String {
        self.secrets_of("ada").with("environment", "dev").ungranted().first().await
    }

    /// Versions of secrets.
    pub fn versions(&self) -> Rows<'_> {
        self.table("secret_versions")
    }

    pub fn identities(&self) -> Rows<'_> {
        self.table("identities")
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
        self.grants().with("secret", secret).remove().await;
        self.grant_also(secret, name, ends).await;
    }

    /// Grants a secret, beside earlier grants.
    pub async fn grant_also(&self, secret: &str, name: &str, ends: Option<Timestamp>) {
        let ends = ends.map_or("null".to_owned(), |ends| ends.0.to_string());
        self.change(format!(
            "insert into grants (identity, secret, granted_at, ends_at) \
             select id, '{secret}', 1, {ends} from identities where name = '{name}'"
        ))
        .await;
    }

    /// Gives a role past Doorward: everywhere, and for good.
    pub async fn give_role(&self, name: &str, role: &str) {
        self.give_role_in(name, role, "*", None).await;
    }

    /// The same in one environment, until a time.
    pub async fn give_role_in(&self, name: &str, role: &str, environment: &str, ends: Option<Timestamp>) {
        let ends = ends.map_or("null".to_owned(), |ends| ends.0.to_string());
        self.change(format!(
            "insert into identity_roles (identity, role, environment, ends_at) \
             select id, '{role}', '{environment}', {ends} from identities where name = '{name}'"
        ))
        .await;
    }

    /// Adds a role with permissions, each with its environment.
    pub async fn add_role(&self, role: &str, permissions: &[(&str, &str)]) {
        self.change(format!("insert into roles (name, purpose) values ('{role}', 'For a test.')")).await;
        for (permission, environment) in permissions {
            self.permit(role, permission, environment).await;
        }
    }

    /// Gives a permission to a role, past Doorward.
    pub async fn permit(&self, role: &str, permission: &str, environment: &str) {
        self.change(format!(
            "insert into role_permissions (role, permission, environment) \
             values ('{role}', '{permission}', '{environment}')"
        ))
        .await;
    }

    /// The version of the whole policy.
    pub async fn policy_version(&self) -> i64 {
        self.table("policy").number("version").await
    }

    /// Makes a secret a canary.
    pub async fn mark(&self, secret: &str) {
        self.change(format!("insert into canaries (secret, marked_at) values ('{secret}', 1)")).await;
    }

    pub async fn tag(&self, secret: &str, tag: &str) {
        self.change(format!("insert into secret_tags (secret, tag) values ('{secret}', '{tag}')")).await;
    }

    /// Gives a secret another name, past Doorward.
    pub async fn rename(&self, secret: &str, name: &str) {
        self.secrets().with("id", secret).set("name", name).await;
    }

    /// How somebody's newest sessions were authenticated, the newest first.
    pub async fn methods_of_sessions(&self) -> Vec<String> {
        let statement =
            "select a.method from sessions s join authentications a on a.id = s.authentication order by s.id desc";
        self.column(statement.to_owned()).await
    }

    /// What somebody's password is kept as.
    pub async fn kept_password(&self, name: &str) -> String {
        self.table("passwords").whose("identity", name).one("phc").await
    }

    /// How many connections wait for a lock. On PostgreSQL alone.
    pub async fn waiting_for_locks(&self) -> i64 {
        let here = self.table("pg_stat_activity").with("wait_event_type", "Lock");
        let here = here.where_("datname = current_database()".to_owned()).count().await;
        let ungranted = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
                         where not l.granted and d.datname = current_database()";
        here + self.number(ungranted.to_owned()).await
    }

    /// Takes a table away, so that what needs it fails; `bring_back` ends that.
    pub async fn take_away(&self, table: &str) {
        self.change(format!("alter table {table} rename to {table}_away")).await;
    }

    pub async fn bring_back(&self, table: &str) {
        self.change(format!("alter table {table}_away rename to {table}")).await;
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
}
