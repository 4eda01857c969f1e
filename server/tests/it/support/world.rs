//! A whole Doorward for one test: its own database, its own clock, and clients that really sign in.

pub use crate::support::client::{Answer, Client};

use axum::Router;
use axum::http::StatusCode;
use doorward::session::Lifetimes;
use doorward::{Clock, Randomness, ReconfirmOn, SecretText, TimeSpan, Timestamp};
use server::account::one_time_codes;
use server::account::password::{PasswordCost, Passwords};
use server::backend::SqlBackend;
use server::clock::{SystemClock, SystemRandomness};
use server::db::Database;
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
use server::vault::{Key, Vault};
use server::{Settings, demo, router};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
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
    pub workers: usize,
    pub queue: usize,
    pub proxies: TrustedProxies,
    pub people: bool,
    pub origin: &'static str,
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
            workers: 2,
            queue: 64,
            proxies: TrustedProxies::default(),
            people: true,
            origin: ORIGIN,
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

    pub async fn with(setup: Setup) -> Self {
        let database = TestDatabase::new().await;
        let opened = Database::open(&database.address).await.expect("the database opens");
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let clock = Arc::new(TestClock(AtomicI64::new(SystemClock.now().0)));
        let passwords = Passwords::new(PasswordCost::LEAST, setup.workers, setup.queue, Arc::clone(&random));
        let backend = SqlBackend {
            ledger: Ledger::with_allowances(opened.clone(), setup.without_session),
            database: opened.clone(),
            vault: Arc::new(Vault::new(Key::generate(&*random))),
            passwords: Arc::new(passwords.expect("a decoy is hashed")),
            limits: Arc::new(SignInLimits::new(
                SignInAllowances { network: setup.address_allowance, ..SignInAllowances::PASSWORDS },
                CAPACITY,
            )),
            code_limits: Arc::new(SignInLimits::new(codes(&setup), CAPACITY)),
            limit_records: LimitRecords::default(),
            set_up_done: Arc::default(),
            issuer: one_time_codes::issuer(setup.origin).into(),
            passkeys: Origins::public(setup.origin).passkeys(),
            sessions: SessionRules { lifetimes: setup.lifetimes, renewal: setup.renewal, places: setup.places },
            live: Live::start(opened.clone(), clock.clone()),
            clock: clock.clone(),
            random,
        };
        roles::bring_up_to_date(&backend).await.expect("the roles are made");
        let people = if setup.people {
            let people = demo::demo(&backend, demo::Past::Empty).await.expect("the demonstration is made");
            people.into_iter().map(|person| (person.name, person.password)).collect()
        } else {
            Vec::new()
        };
        let rows = database.rows().await;
        let settings = Settings { origins: Origins::public(setup.origin), ..settings(setup.proxies) };
        let router = router(backend.clone(), settings);
        Self { backend, clock, people, rows, router, database, origin: setup.origin }
    }

    pub fn visitor(&self) -> Client {
        Client::new(self.router.clone(), self.origin)
    }

    pub async fn sign_in(&self, name: &str) -> Client {
        let mut client = self.visitor();
        let answer = client.sign_in(name, self.password(name)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} signs in");
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

/// Whether a text stands in another, as it is or in hexadecimal.
pub fn holds(everything: &str, text: &str) -> bool {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    everything.contains(text) || everything.contains(&hex)
}

async fn every_column(rows: &AnyPool) -> Vec<u8> {
    let tables = "select cast(tablename as text) from pg_tables where schemaname = 'public'";
    let mut everything = Vec::new();
    for table in sqlx::query(tables).fetch_all(rows).await.expect("the tables") {
        let table: String = table.get(0);
        let rows_of = sqlx::AssertSqlSafe(format!("select cast(row_to_json(t) as text) from {table} t"));
        for row in sqlx::query(rows_of).fetch_all(rows).await.expect("the table can be read") {
            everything.extend_from_slice(row.get::<String, _>(0).as_bytes());
            everything.push(b'\n');
        }
    }
    everything
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

fn every_byte_in(folder: &std::path::Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("the folder can be read");
    files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read")).collect()
}

enum Kind {
    Sqlite(TempDir),
    Postgres,
}

pub struct TestDatabase {
    pub address: String,
    kind: Kind,
}

impl TestDatabase {
    /// An SQLite file, or a database of the PostgreSQL server that `DOORWARD_TEST_POSTGRES` names.
    pub async fn new() -> Self {
        sqlx::any::install_default_drivers();
        match std::env::var("DOORWARD_TEST_POSTGRES") {
            Ok(server) => Self::on_postgres(&server).await,
            Err(_) => {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("test.sqlite");
                Self { address: format!("sqlite://{}?mode=rwc", file.display()), kind: Kind::Sqlite(folder) }
            }
        }
    }

    /// SQLite's file.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.kind {
            Kind::Sqlite(folder) => Some(folder.path().join("test.sqlite")),
            Kind::Postgres => None,
        }
    }

    /// A way to the rows past Doorward, to those about words as well.
    pub async fn rows(&self) -> AnyPool {
        let attach = |file: PathBuf| format!("attach database '{}-words' as words", file.display());
        let words = self.file().map(attach).unwrap_or_default();
        let pool = AnyPoolOptions::new().after_connect(move |connection, _| {
            let words = sqlx::AssertSqlSafe(words.clone());
            Box::pin(async move { sqlx::raw_sql(words).execute(&mut *connection).await.map(|_| ()) })
        });
        pool.connect(&self.address).await.expect("the rows can be looked at")
    }

    /// All that is kept: SQLite's files, or every column of PostgreSQL's tables.
    pub async fn everything(&self, rows: &AnyPool) -> String {
        let bytes = match &self.kind {
            Kind::Sqlite(folder) => every_byte_in(folder.path()),
            Kind::Postgres => every_column(rows).await,
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn on_postgres(server: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("doorward_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let pool = AnyPool::connect(server).await.expect("PostgreSQL answers");
        let create = sqlx::AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&pool).await.expect("a database is made");
        pool.close().await;
        let (before, query) = server.split_once('?').map_or((server, String::new()), |(a, b)| (a, format!("?{b}")));
        let (host, _) = before.rsplit_once('/').expect("an address with a database");
        Self { address: format!("{host}/{name}{query}"), kind: Kind::Postgres }
    }
}
