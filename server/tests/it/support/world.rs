//! A whole Doorward for one test: its own database, its own clock, and clients that really sign in.

pub use crate::support::client::{Answer, Client};
pub use crate::support::database::{TestDatabase, holds};

use crate::support::template::Template;
use axum::Router;
use axum::http::StatusCode;
use doorward::session::Lifetimes;
use doorward::{Clock, Randomness, ReconfirmOn, SecretText, TimeSpan, Timestamp};
use server::account::one_time_codes;
use server::account::passkeys::origin::passkeys_at;
use server::account::password::{PasswordCost, Passwords};
use server::backend::SqlBackend;
use server::clock::SystemRandomness;
use server::db::{Database, Patience};
use server::http::address::TrustedProxies;
use server::http::assets;
use server::http::floods::Allowances;
use server::http::origins::Origins;
use server::identities::roles;
use server::ledger::sql::Ledger;
use server::sessions::live::Live;
use server::sign_in::limit_records::LimitRecords;
use server::sign_in::limits::{Allowance, Allowances as SignInAllowances, CAPACITY, SignInLimits};
use server::sign_in::session_rules::SessionRules;
use server::vault::{self, KeySource};
use server::{Settings, router};
use sqlx::{AnyPool, Row};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// More requests than a test makes.
const MANY: Allowance = Allowance { tries: 1_000_000, ..Allowance::ADDRESS };

pub const ORIGIN: &str = "http://127.0.0.1:3000";
/// An origin with a name, at which there are passkeys.
pub const NAMED_ORIGIN: &str = "http://localhost:3000";

/// A clock that a test sets.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.0))
    }

    pub fn advance(&self, span: TimeSpan) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }

    /// Steps back, as a clock does that is set right.
    pub fn step_back(&self, span: TimeSpan) {
        self.0.fetch_sub(span.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    /// Each look is a millisecond later, so that records stand in the order in which they were made.
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub struct World {
    pub backend: SqlBackend,
    pub clock: Arc<TestClock>,
    pub people: Vec<(&'static str, SecretText)>,
    /// The database again, for looking at rows without Doorward.
    pub rows: AnyPool,
    pub router: Router,
    pub database: TestDatabase,
    /// The vault's key file.
    pub keys: KeySource,
    _folder: TempDir,
    origin: &'static str,
}

/// How a world differs from the usual one.
pub struct Setup {
    pub lifetimes: Lifetimes,
    pub renewal: TimeSpan,
    pub places: ReconfirmOn,
    pub address_allowance: Allowance,
    pub code_allowance: Allowance,
    pub without_session: Allowances,
    pub exchanges: SignInAllowances,
    pub workers: usize,
    pub queue: usize,
    pub proxies: TrustedProxies,
    pub people: bool,
    pub origin: &'static str,
    /// How long work waits for the database.
    pub patience: Patience,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            lifetimes: Lifetimes { idle: TimeSpan::hours(1), absolute: TimeSpan::hours(12) },
            renewal: TimeSpan::minutes(15),
            places: ReconfirmOn::BOTH,
            address_allowance: Allowance { tries: 100_000, ..Allowance::ADDRESS },
            code_allowance: Allowance::CODE,
            without_session: Allowances { network: MANY, all: MANY },
            exchanges: SignInAllowances { each: MANY, account: MANY, network: MANY },
            workers: 2,
            queue: 64,
            proxies: TrustedProxies::default(),
            people: true,
            origin: ORIGIN,
            patience: Patience::LONG,
        }
    }
}

/// The limits of codes; an account has at least the tries that each of its networks has.
fn codes(setup: &Setup) -> SignInAllowances {
    let usual = SignInAllowances::CODES;
    let tries = usual.account.tries.max(setup.code_allowance.tries);
    let account = Allowance { tries, ..usual.account };
    SignInAllowances { each: setup.code_allowance, account, network: setup.address_allowance }
}

impl World {
    /// The demonstration: six people, 200 secrets.
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// The same, and it waits for the database no longer than a server does.
    pub async fn impatient() -> Self {
        Self::with(Setup { patience: Patience::USUAL, ..Setup::default() }).await
    }

    pub async fn with(setup: Setup) -> Self {
        let template = Template::of(setup.people);
        let people = template.people.iter().map(|(name, password)| (*name, password.clone())).collect();
        Self::over(setup, template.copy().await, Arc::new(TestClock::at(template.until)), people).await
    }

    /// A world over this database with this folder and key file.
    pub(super) async fn over(
        setup: Setup,
        (database, folder, keys): (TestDatabase, TempDir, KeySource),
        clock: Arc<TestClock>,
        people: Vec<(&'static str, SecretText)>,
    ) -> Self {
        let opened = Database::open_with(&database.address, setup.patience).await.expect("the database opens");
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let passwords = Passwords::new(PasswordCost::LEAST, setup.workers, setup.queue, Arc::clone(&random));
        let backend = SqlBackend {
            ledger: Ledger::with_allowances(opened.clone(), setup.without_session),
            database: opened.clone(),
            vault: Arc::new(vault::open::open(&keys, &opened, &*random).await.expect("a new vault")),
            passwords: Arc::new(passwords.expect("a decoy is hashed")),
            limits: Arc::new(SignInLimits::new(
                SignInAllowances { network: setup.address_allowance, ..SignInAllowances::PASSWORDS },
                CAPACITY,
            )),
            code_limits: Arc::new(SignInLimits::new(codes(&setup), CAPACITY)),
            exchange_limits: Arc::new(SignInLimits::new(setup.exchanges, CAPACITY)),
            limit_records: LimitRecords::default(),
            set_up_done: Arc::default(),
            issuer: one_time_codes::issuer(setup.origin).into(),
            origin: setup.origin.into(),
            passkeys: passkeys_at(&Origins::public(setup.origin)),
            sessions: SessionRules { lifetimes: setup.lifetimes, renewal: setup.renewal, places: setup.places },
            live: Live::start(opened.clone(), clock.clone()),
            clock: clock.clone(),
            random,
        };
        roles::bring_up_to_date(&backend).await.expect("the roles are made");
        let rows = database.rows().await;
        let settings = Settings { origins: Origins::public(setup.origin), ..settings(setup.proxies) };
        let router = router(backend.clone(), settings);
        Self { backend, clock, people, rows, router, database, keys, _folder: folder, origin: setup.origin }
    }

    pub fn visitor(&self) -> Client {
        Client::new(self.router.clone(), self.origin)
    }

    pub async fn sign_in(&self, name: &str) -> Client {
        let mut client = self.visitor();
        let answer = client.sign_in(name, self.password(name)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} signs in: {}", answer.body);
        client
    }

    pub fn password(&self, name: &str) -> &str {
        self.people.iter().find(|person| person.0 == name).expect("somebody of this name").1.expose()
    }

    /// A number that a statement finds.
    pub async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query(statement).fetch_one(&self.rows).await.expect("the statement runs").get(0)
    }

    /// Texts that a statement finds.
    pub async fn texts(&self, statement: &'static str) -> Vec<String> {
        let rows = sqlx::query(statement).fetch_all(&self.rows).await.expect("the statement runs");
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub async fn execute(&self, statement: &'static str) -> u64 {
        sqlx::query(statement).execute(&self.rows).await.expect("the statement runs").rows_affected()
    }

    /// The id of the first secret by this condition, which names `secrets` as `s`.
    pub async fn secret_where(&self, condition: &str) -> String {
        let statement =
            sqlx::AssertSqlSafe(format!("select s.id from secrets s where {condition} order by s.name limit 1"));
        sqlx::query(statement).fetch_one(&self.rows).await.expect("there is such a secret").get(0)
    }

    /// The newest session of somebody, who is signed in for it.
    pub async fn session_of(&self, name: &str) -> String {
        self.sign_in(name).await;
        let statement = format!(
            "select s.id from sessions s join identities i on i.id = s.identity where i.name = '{name}' order by s.id desc limit 1"
        );
        let statement = sqlx::AssertSqlSafe(statement);
        sqlx::query(statement).fetch_one(&self.rows).await.expect("there is a session").get(0)
    }

    /// A secret of omar's in this environment.
    pub async fn omars_secret(&self, environment: &str) -> String {
        self.secret_where(&format!(
            "s.environment = '{environment}' and s.owner = (select id from identities where name = 'omar')"
        ))
        .await
    }

    /// The current value of a secret, as the vault opens it.
    pub async fn value_of(&self, id: &str) -> String {
        use server::db::transaction::Source;
        use server::secrets;
        let id = doorward::SecretId::parse(id).expect("an id");
        let mut source = Source::reader(&self.backend.database);
        let current = secrets::sql::current(&mut source, id).await.expect("it answers").expect("it is there");
        let binding =
            server::vault::Binding { secret: id.as_str(), version: current.version, environment: &current.environment };
        self.backend.vault.open(&binding, &current.sealed).expect("it opens").expose().to_owned()
    }

    /// Where the database is.
    pub fn database_address(&self) -> &str {
        &self.database.address
    }

    /// Whether a text stands anywhere in the database.
    pub async fn database_holds(&self, text: &str) -> bool {
        holds(&self.database.everything(&self.rows).await, text)
    }
}

/// The settings of these worlds' routers.
pub fn settings(proxies: TrustedProxies) -> Settings {
    Settings {
        site_root: PathBuf::from("no-site"),
        assets: assets::plain(),
        origins: Origins::public(ORIGIN),
        proxies,
        body_limit: 256 * 1024,
        // No test is to meet it: the limits of the database and of the ledger come first.
        request_timeout: Duration::from_secs(120),
        tls: false,
        xray: false,
    }
}
