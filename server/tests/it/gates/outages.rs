//! G22: a database that goes in mid-answer, a queue that is full, connections that are all taken.

use crate::gates::faults::{
    BOUND, everything_works, nobody_else_writes, protected, rename, says_it_cannot_decide, shows_nothing,
};
use crate::observe::metrics::{number, scrape};
use crate::support::world::{Client, World};
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{Method, StatusCode, header};
use doorward::{Clock, SessionId};
use futures::StreamExt;
use futures::future::join_all;
use server::db::Engine;
use server::db::transaction::Source;
use server::observe::metrics::Metrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::timeout;

/// The last that this panel says; it comes after the rest of the page.
const PANEL: &str = "Recent activity";

/// Asks, and reads no more than the beginning.
async fn begun(client: &Client, address: &str) -> (StatusCode, String, BodyDataStream) {
    let request = client
        .request(Method::GET, address)
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin");
    let request = request.body(Body::empty()).unwrap();
    let response = client.open(request).await;
    let status = response.status();
    let mut body = response.into_body().into_data_stream();
    let first = body.next().await.expect("a beginning").expect("bytes");
    (status, String::from_utf8_lossy(&first).into_owned(), body)
}

/// The rest, as far as it comes; false where it broke off.
async fn rest(body: BodyDataStream) -> (String, bool) {
    match to_bytes(Body::from_stream(body), 1024 * 1024).await {
        Ok(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), true),
        Err(_) => (String::new(), false),
    }
}

/// The same holds if the session cannot be looked up.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_without_its_record_is_not_sent_and_says_so() {
    let world = World::impatient().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    for table in ["audit", "sessions"] {
        let (status, first, body) = begun(&omar, &address).await;
        assert!(status == StatusCode::OK && !first.contains(PANEL), "the head comes first");
        rename(&world, table, &format!("{table}_away")).await;
        let (rest, _) = timeout(BOUND, rest(body)).await.expect("nobody waits for ever");
        assert!(rest.contains("Doorward cannot decide right now") && !rest.contains(PANEL), "{table}: {rest}");
        assert!(rest.contains("</html>"), "what was decided before stays");
        rename(&world, &format!("{table}_away"), table).await;
        assert!(omar.get(&address).await.body.contains(PANEL), "no restart is needed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_breaks_off_where_its_next_rows_cannot_be_decided() {
    let world = World::impatient().await;
    let mut omar = world.sign_in("omar").await;
    let owner = &world.identity("omar").await;
    let rows = (0..1200).map(|number| format!("('01zz{number:022}', 'dev', 'many/{number:04}', '{owner}', 1, 1, 1)"));
    let columns = "insert into secrets (id, environment, name, owner, version, created_at, updated_at) values ";
    let fill = sqlx::AssertSqlSafe(columns.to_owned() + &rows.collect::<Vec<_>>().join(", "));
    sqlx::query(fill).execute(&world.rows).await.unwrap();
    let (_, first, body) = begun(&omar, "/secrets.csv?name=many").await;
    assert_eq!(first.lines().count(), 501);
    rename(&world, "audit", "audit_away").await;
    assert_eq!(timeout(BOUND, rest(body)).await.expect("nobody waits for ever"), (String::new(), false));
    rename(&world, "audit_away", "audit").await;
    assert_eq!(omar.get("/secrets.csv?name=many").await.body.lines().count(), 1201);
}

/// Whoever opens many answers and reads none of them holds nothing that others need.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_reads_on_take_no_connection_from_others() {
    let world = World::impatient().await;
    let mut omar = world.sign_in("omar").await;
    let address = format!("/secrets/{}", world.omars_secret("dev").await);
    let mut unread = Vec::new();
    for address in [&address, "/secrets.csv", "/live"].repeat(20) {
        unread.push(begun(&omar, address).await);
    }
    for (status, first, _) in &unread {
        assert_eq!(*status, StatusCode::OK, "{first}");
    }
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(omar.post(&address, &[("action", "rotate"), ("value", "new")]).await.status, StatusCode::SEE_OTHER);
}

/// The server goes on afterwards.
/// More than there are connections, each of which waits for a lock.
#[tokio::test(flavor = "multi_thread")]
async fn if_every_connection_waits_requests_are_refused_in_time() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let (protected, address) = (protected(&world, &id).await, format!("/secrets/{id}"));
    let mut omar = world.sign_in("omar").await;
    let lock = nobody_else_writes(&world).await;
    let many = (0..64).map(|number| {
        let (mut client, address) = (omar.clone(), address.clone());
        async move {
            match number % 4 {
                0 => client.post(&address, &[("action", "rotate"), ("value", "late")]).await,
                1 => client.post(&address, &[("action", "reveal")]).await,
                2 => client.post("/sign-out", &[]).await,
                _ => client.get("/secrets").await,
            }
        }
    });
    for answer in timeout(BOUND, join_all(many)).await.expect("nobody waits for ever") {
        says_it_cannot_decide(&answer, "one of many");
        shows_nothing(&answer, &protected, "one of many");
    }
    assert_eq!(world.visitor().get("/sign-in").await.status, StatusCode::OK, "what needs no record is served");
    lock.rollback().await.unwrap();
    goes_on(&world, &mut omar, &id).await;
}

/// Where nothing is written for a while: works again, and nothing that was refused has happened.
async fn goes_on(world: &World, omar: &mut Client, id: &str) {
    let address = format!("/secrets/{id}");
    let again = async { while omar.get(&address).await.status != StatusCode::OK {} };
    timeout(BOUND, again).await.expect("no restart is needed");
    assert_eq!(world.highest_version().await, 1, "what was refused did not happen later");
    assert_eq!(world.count_all("secret_versions").await, 200);
    assert_eq!(world.sessions().having("ended_at").count().await, 0);
    everything_works(world, omar, id).await;
}

/// Nothing is shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_of_records_refuses_decisions_at_once() {
    let world = World::impatient().await;
    let id = world.omars_secret("dev").await;
    let protected = protected(&world, &id).await;
    let mut omar = world.sign_in("omar").await;
    let session = SessionId::parse(&world.ids_of("sessions").await[0]).expect("an id");
    // The first use of a handle is noted apart from the ledger, and would wait too.
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    let lock = nobody_else_writes(&world).await;
    let ledger = world.backend.ledger.clone();
    let now = world.clock.now();
    // The writer takes some now and then, in vain; so it is filled up again.
    let (over, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (is_over, tell) = (Arc::clone(&over), Arc::clone(&told));
    let full = std::thread::spawn(move || {
        while !is_over.load(Ordering::SeqCst) {
            for _ in 0..5000 {
                ledger.touch(session, now);
            }
            tell.store(true, Ordering::SeqCst);
        }
    });
    while !told.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    let twenty = async {
        for _ in 0..20 {
            let (mut list, mut value) = (omar.clone(), omar.clone());
            let (list, value) = tokio::join!(list.get("/secrets"), value.call_value(&id));
            for answer in [list, value] {
                says_it_cannot_decide(&answer, "a full queue");
                shows_nothing(&answer, &protected, "a full queue");
            }
        }
    };
    timeout(BOUND, twenty).await.expect("none waits for ever");
    over.store(true, Ordering::SeqCst);
    full.join().expect("it ends");
    lock.rollback().await.unwrap();
    goes_on(&world, &mut omar, &id).await;
}

/// The server needs no restart.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_ends_are_replaced() {
    let world = World::impatient().await;
    if world.backend.database.engine() == Engine::Sqlite {
        // It lies in this process: there is no connection that somebody else could end.
        return;
    }
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let (_, _, body) = begun(&omar, &format!("/secrets/{id}")).await;
    world
        .execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        .await;
    let (rest, _) = timeout(BOUND, rest(body)).await.expect("nobody waits for ever");
    assert!(rest.contains("</html>"), "{rest}");
    goes_on(&world, &mut omar, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_searches_take_no_connection_from_the_guard() {
    let world = World::impatient().await;
    let (mut quinn, mut omar) = (world.sign_in("quinn").await, world.sign_in("omar").await);
    let database = &world.backend.database;
    let searches = match database.engine() {
        Engine::Sqlite => 2,
        Engine::Postgres => 4,
    };
    let mut slow = Vec::new();
    for _ in 0..searches {
        let mut search = Source::searcher(database);
        // It keeps its connection until it is dropped, as a search does that is not done yet.
        search.optional(server::db::query("select 1")).await.expect("a connection");
        slow.push(search);
    }
    for address in ["/access/ledger", "/access/ledger/charts", "/access/ledger.csv"] {
        let answer = timeout(BOUND, quinn.get(address)).await.expect("nobody waits for ever");
        says_it_cannot_decide(&answer, address);
    }
    let id = world.omars_secret("dev").await;
    everything_works(&world, &mut omar, &id).await;
    drop(slow);
    assert_eq!(quinn.get("/access/ledger").await.status, StatusCode::OK);
}

/// Waits until the server says so of itself; one answer counts for a moment.
async fn becomes(client: &mut Client, ready: StatusCode) {
    let asked = async { while client.get("/readyz").await.status != ready {} };
    timeout(BOUND, asked).await.expect("it says so in time");
}

/// Once the database takes writes again, the server goes on without a restart.
/// What a failover leaves: connections to what is a replica now, and answers reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_not_ready() {
    let world = World::impatient().await;
    if world.backend.database.engine() == Engine::Sqlite {
        // A database that cannot be written is a full disk there: see `full_disk`.
        return;
    }
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    becomes(&mut omar, StatusCode::OK).await;
    let (database, others) = ("select current_database()::text", "pid <> pg_backend_pid()");
    let name = &world.texts(database).await[0];
    let mut own = world.rows.acquire().await.expect("a connection");
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}' and {others}");
    for statement in [format!("alter database {name} set default_transaction_read_only = on"), end] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *own).await.expect("it runs");
    }
    becomes(&mut omar, StatusCode::SERVICE_UNAVAILABLE).await;
    says_it_cannot_decide(&omar.get("/secrets").await, "a read-only database");
    let metrics = Metrics::new(world.backend.clone()).router();
    assert_eq!(number(&scrape(&metrics).await, "doorward_database_up"), Some(0.0));

    // What is connected stays read-only; what is connected anew is not.
    let back = format!("alter database {name} reset default_transaction_read_only");
    sqlx::query(sqlx::AssertSqlSafe(back)).execute(&mut *own).await.expect("it runs");
    drop(own);
    becomes(&mut omar, StatusCode::OK).await;
    goes_on(&world, &mut omar, &id).await;
    world.clock.advance(doorward::TimeSpan::minutes(1));
    assert_eq!(number(&scrape(&metrics).await, "doorward_database_up"), Some(1.0));
}
