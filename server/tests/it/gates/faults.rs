//! What breaks behind the door opens nothing: a bounded wait, a refusal, and everything as before once it is mended.

use crate::gates::cross_site::{addresses, function_addresses};
use crate::support::world::{Answer, Client, World, settings};
use axum::http::StatusCode;
use doorward::Randomness;
use server::backend::SqlBackend;
use server::clock::SystemRandomness;
use server::db::Engine;
use server::http::address::TrustedProxies;
use sqlx::{Any, Transaction};
use std::sync::Arc;
use std::time::Duration;

/// A guard against hanging, and no promise: whoever waits for a database that does not answer must not wait for ever. How
/// long that takes depends on the machine.
pub const BOUND: Duration = Duration::from_secs(120);

pub fn says_it_cannot_decide(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
    let wait: u32 = answer.header("retry-after").parse().unwrap_or_else(|_| panic!("{what}: no Retry-After"));
    assert!((1..=60).contains(&wait), "{what}");
    assert!(!answer.headers.contains_key("set-cookie"), "{what}");
    for word in ["sqlx", "sqlite", "postgres", "pool", "audit", "panicked", "table"] {
        assert!(!answer.body.to_lowercase().contains(word), "{what} tells of {word}: {}", answer.body);
    }
}

pub fn shows_nothing(answer: &Answer, protected: &[String], what: &str) {
    let sent = answer.everything();
    for text in protected {
        assert!(!sent.contains(text.as_str()), "{what} shows {text}");
    }
}

/// Texts that nobody may see who is not decided about: names of secrets and of people, and one value.
pub async fn protected(world: &World, id: &str) -> Vec<String> {
    let mut texts = world.names_of_secrets().await;
    texts.extend(world.identities().each("display_name").await);
    texts.push(world.value_of(id).await);
    texts
}

pub const OPEN: [&str; 5] = ["/sign-in", "/signed-out", "/set-up", "/invitation", "/collect"];

async fn nothing_is_shown(world: &World, omar: &mut Client, id: &str, protected: &[String]) {
    for address in addresses(id).into_iter().filter(|address| !OPEN.contains(&address.as_str())) {
        for (who, client) in [("omar", &mut *omar), ("a visitor", &mut world.visitor())] {
            let what = format!("{address} for {who}");
            let answer = client.get(&address).await;
            says_it_cannot_decide(&answer, &what);
            assert!(answer.body.contains("Doorward cannot decide right now"), "{what}: {}", answer.body);
            shows_nothing(&answer, protected, &what);
        }
    }
    let reveal = omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await;
    says_it_cannot_decide(&reveal, "reveal");
    shows_nothing(&reveal, protected, "reveal");
    for address in function_addresses() {
        for (who, client) in [("omar", &mut *omar), ("a visitor", &mut world.visitor())] {
            let what = format!("{address} for {who}");
            let answer = client.call(address, id).await;
            says_it_cannot_decide(&answer, &what);
            shows_nothing(&answer, protected, &what);
        }
    }
}

/// Everybody who asks within two seconds shares one answer, so an answer from before may still be given.
async fn until_not_ready(client: &mut Client) {
    let not_ready = async {
        while client.get("/readyz").await.status != StatusCode::SERVICE_UNAVAILABLE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(BOUND, not_ready).await.expect("it says that it is not ready");
}

/// The answer says when to come back.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_nothing_is_shown() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let protected = protected(&world, &id).await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/readyz").await.status, StatusCode::OK);
    world.backend.database.close().await;
    nothing_is_shown(&world, &mut omar, &id, &protected).await;
    let mut visitor = world.visitor();
    says_it_cannot_decide(&visitor.sign_in("omar", world.password("omar")).await, "sign-in");
    assert_eq!(visitor.handle, None);
    says_it_cannot_decide(&omar.post("/sign-out", &[]).await, "sign-out");
    assert!(omar.handle.is_some(), "the browser is not told that a session ended which did not");
    until_not_ready(&mut omar).await;
    assert_eq!(omar.get("/healthz").await.status, StatusCode::OK);
    for address in ["/sign-in", "/signed-out"] {
        assert_eq!(world.visitor().get(address).await.status, StatusCode::OK, "{address} needs no database");
    }
    says_it_cannot_decide(&world.visitor().get("/set-up").await, "set-up");
    says_it_cannot_decide(&world.visitor().get("/invitation?code=x").await, "invitation");
    says_it_cannot_decide(&world.visitor().get("/collect?code=x").await, "a delivery");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_does_not_happen() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let protected = protected(&world, &id).await;
    let mut omar = world.sign_in("omar").await;
    world.take_away("audit").await;
    nothing_is_shown(&world, &mut omar, &id, &protected).await;

    let rotate = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    says_it_cannot_decide(&rotate, "rotate");
    says_it_cannot_decide(&omar.post("/sign-out", &[]).await, "sign-out");
    says_it_cannot_decide(&omar.post("/settings", &[("theme", "dark")]).await, "settings");
    let mut visitor = world.visitor();
    says_it_cannot_decide(&visitor.sign_in("vera", world.password("vera")).await, "sign-in");
    says_it_cannot_decide(&world.visitor().sign_in("vera", "a wrong password").await, "a wrong password");
    assert_eq!(world.count_all("sessions").await, 1, "nobody came in");
    assert_eq!(world.count_all("authentications").await, 1);
    assert_eq!(world.sessions().having("ended_at").count().await, 0);
    assert_eq!(world.highest_version().await, 1);
    assert_eq!(world.count_all("secret_versions").await, 200);

    world.bring_back("audit").await;
    everything_works(&world, &mut omar, &id).await;
}

pub async fn everything_works(world: &World, omar: &mut Client, id: &str) {
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(omar.call_value(id).await.status, StatusCode::OK);
    let rotated = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    assert_eq!(rotated.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(id).await, "new");
    world.sign_in("vera").await;
    assert_eq!(omar.post("/sign-out", &[]).await.location(), "/signed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_sessions_nobody_is_let_in() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let protected = protected(&world, &id).await;
    let mut omar = world.sign_in("omar").await;
    for table in ["sessions", "role_permissions", "identities"] {
        rename(&world, table, &format!("{table}_away")).await;
        for address in ["/", "/secrets", &format!("/secrets/{id}"), "/settings"] {
            let answer = omar.get(address).await;
            says_it_cannot_decide(&answer, &format!("{address} without {table}"));
            shows_nothing(&answer, &protected, address);
        }
        rename(&world, &format!("{table}_away"), table).await;
        assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "{table} is back");
    }
}

pub async fn rename(world: &World, from: &str, to: &str) {
    let statement = sqlx::AssertSqlSafe(format!("alter table {from} rename to {to}"));
    sqlx::query(statement).execute(&world.rows).await.unwrap();
}

/// Holds what every record needs, as a long transaction or a backup may.
pub async fn nobody_else_writes(world: &World) -> Transaction<'static, Any> {
    match world.backend.database.engine() {
        Engine::Sqlite => world.rows.begin_with("begin immediate").await.unwrap(),
        Engine::Postgres => {
            let mut lock = world.rows.begin().await.unwrap();
            sqlx::query("lock table audit in exclusive mode").execute(&mut *lock).await.unwrap();
            lock
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_lock_is_waited_for_a_bounded_time() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let protected = protected(&world, &id).await;
    let mut omar = world.sign_in("omar").await;
    let lock = nobody_else_writes(&world).await;
    let (mut list, mut call, mut rotate, mut visitor) = (omar.clone(), omar.clone(), omar.clone(), world.visitor());
    let address = format!("/secrets/{id}");
    let answers = tokio::time::timeout(BOUND, async {
        tokio::join!(
            list.get("/secrets"),
            call.call_value(&id),
            rotate.post(&address, &[("action", "rotate"), ("value", "new")]),
            visitor.get("/secrets"),
        )
    });
    let (list, call, rotated, led) = answers.await.expect("none waits for ever");
    for (what, answer) in [("list", &list), ("value", &call), ("rotate", &rotated), ("visitor", &led)] {
        says_it_cannot_decide(answer, what);
        shows_nothing(answer, &protected, what);
    }
    assert_eq!(visitor.get("/healthz").await.status, StatusCode::OK, "what needs no record is served meanwhile");
    assert_eq!(visitor.get("/sign-in").await.status, StatusCode::OK);
    lock.rollback().await.unwrap();
    tokio::time::timeout(BOUND, everything_works(&world, &mut omar, &id)).await.expect("no restart is needed");
    assert_eq!(world.highest_version().await, 2, "what was refused did not happen later");
}

/// It is not shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_open_breaks_nothing_else() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let other = world.omars_secret("staging").await;
    // A sealed value of another secret, put in the place of this one.
    let swap = sqlx::query(
        "update secret_versions set nonce = (select v.nonce from secret_versions v where v.secret = $1), \
         ciphertext = (select v.ciphertext from secret_versions v where v.secret = $1), \
         wrapped_key = (select v.wrapped_key from secret_versions v where v.secret = $1) where secret = $2",
    );
    swap.bind(other.clone()).bind(id.clone()).execute(&world.rows).await.unwrap();
    let stolen = world.value_of(&other).await;
    let mut omar = world.sign_in("omar").await;
    for answer in [omar.call_value(&id).await, omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await] {
        assert!(answer.body.contains("Version 1 of this value is damaged"), "{}", answer.body);
        assert!(!answer.body.contains(&stolen));
    }
    assert!(omar.call_value(&other).await.body.contains(&stolen));
}

/// Randomness that is there for a request's id and not for the id of its record.
struct Breaks;

impl Randomness for Breaks {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() != 10, "no randomness for record-canary");
        SystemRandomness.fill(bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_one_request_and_says_nothing_of_why() {
    let world = World::impatient().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let backend = SqlBackend { random: Arc::new(Breaks), ..world.backend.clone() };
    let mut broken = omar.clone();
    broken.go_to(server::router(backend, settings(TrustedProxies::default())));
    for address in ["/", "/secrets", &format!("/secrets/{id}")] {
        let answer = broken.get(address).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{address}");
        assert_eq!(answer.body, "Something went wrong. It is in the log.\n");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    assert_eq!(broken.call_value(&id).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(broken.get("/healthz").await.status, StatusCode::OK, "others are served");
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
}
